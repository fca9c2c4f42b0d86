package llm

import "concord/corpus"

// A strange element is one whose text reads as if it were meant for a model, or
// to escape a reader's eye, or that stands below such a title.

// strangeOf returns the ids of the strange elements of a framework.
func strangeOf(f *corpus.Framework) map[string]bool {
	found := map[string]bool{}
	for _, finding := range corpus.Lint(f) {
		if corpus.Strange(finding.Code) {
			found[finding.Element] = true
		}
	}
	if len(found) == 0 {
		return nil
	}
	strange := map[string]bool{}
	for _, e := range f.Elements {
		is := found[e.ID] || found[""] // the title of the framework, which every question shows
		for up := range f.Ancestors(e) {
			is = is || found[up.ID]
		}
		if is {
			strange[e.ID] = true
		}
	}
	return strange
}

// isStrange reports whether what a model says of a pair may be what a text told
// it to.
func (j *Judge) isStrange(source, target corpus.Element) bool {
	return j.strangeSources[source.ID] || j.strangeTargets[target.ID]
}

// apart splits targets into those that may be shown together: a model that
// follows a strange text then errs about strange texts only.
func (j *Judge) apart(source corpus.Element, targets []corpus.Element) [][]corpus.Element {
	var plain, strange []corpus.Element
	for _, t := range targets {
		if j.isStrange(source, t) {
			strange = append(strange, t)
		} else {
			plain = append(plain, t)
		}
	}
	var out [][]corpus.Element
	for _, together := range [][]corpus.Element{plain, strange} {
		if len(together) > 0 {
			out = append(out, together)
		}
	}
	return out
}
