package main

import (
	"context"
	"io"

	"concord/crosswalk"
	"concord/crosswalk/comment"
	"concord/crosswalk/export"
	"concord/crosswalk/ledger"
	"concord/crosswalk/matrix"
	"concord/crosswalk/review"
)

// readersOf lets the desk show what readers said of a run, and answer them.
func (e *engine) readersOf(book *ledger.Ledger, doc *export.Document) *review.Readers {
	return &review.Readers{
		Said: func(ctx context.Context) ([]comment.Standing, error) {
			comments, events, err := book.Comments(ctx)
			if err != nil || len(comments) == 0 {
				return nil, err
			}
			packs, err := packsByID(ctx, book)
			if err != nil {
				return nil, err
			}
			return comment.Current(commentsBetween(comments, packs, doc.Source.Name, doc.Target.Name), events), nil
		},
		Held: func(ctx context.Context, said []comment.Standing, decisions []crosswalk.Decision) ([]comment.Item, error) {
			if len(said) == 0 {
				return nil, nil
			}
			now, err := packOf(reviewedRun{doc, decisions})
			if err != nil {
				return nil, err
			}
			packs, err := packsByID(ctx, book)
			if err != nil {
				return nil, err
			}
			if err := recall(ctx, book, packs); err != nil {
				return nil, err
			}
			return comment.Review(said, packs, now), nil
		},
		Answer: func(ctx context.Context, x comment.Event) error {
			_, err := book.AddCommentEvents(ctx, x)
			return err
		},
	}
}

// matrixPage writes the latest drafts from a source to each target, side by side.
func (e *engine) matrixPage(ctx context.Context, book *ledger.Ledger, source string, w io.Writer) error {
	runs, err := draftRuns(ctx, book)
	if err != nil {
		return err
	}
	a := asking{drafts: true}
	seen := map[string]bool{}
	for _, r := range runs {
		if r.Source.Spec == source && !seen[r.Target.Spec] {
			seen[r.Target.Spec] = true
			a.runs = append([]string{r.ID}, a.runs...) // as they were drafted
		}
	}
	quiet := *e
	quiet.stderr = io.Discard
	f, besides, err := quiet.besides(ctx, a)
	if err != nil {
		return err
	}
	m, err := matrix.Of(f, besides, matrix.View{})
	if err != nil {
		return err
	}
	return m.Table().HTML(w)
}
