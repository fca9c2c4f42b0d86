package review

import (
	"context"

	"concord/corpus"
	"concord/crosswalk"
)

// A formerly is a decision on another version of a proposal, with how the texts
// changed since.
type formerly struct {
	said
	Source, Target []corpus.Run // empty if it is not known, or the text is the same
}

// stale shows the decisions that say nothing of a pair any more.
func (d *seat) stale(ctx context.Context, at *row) ([]formerly, error) {
	var out []formerly
	for _, x := range at.Stale {
		f := formerly{said: d.said(x)}
		if x.Carried != (crosswalk.Carried{}) && d.Changes != nil {
			var err error
			if f.Source, f.Target, err = d.Changes(ctx, x, at.Standing); err != nil {
				return nil, err
			}
			f.Source, f.Target = changed(f.Source), changed(f.Target)
		}
		out = append(out, f)
	}
	return out, nil
}

// changed returns runs of words if any of them changed.
func changed(runs []corpus.Run) []corpus.Run {
	for _, r := range runs {
		if r.Op != corpus.RunEqual {
			return runs
		}
	}
	return nil
}
