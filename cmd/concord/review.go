package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/carry"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/lint"
	"concord/crosswalk/export"
	"concord/crosswalk/ledger"
	"concord/crosswalk/review"
)

func newReview() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "review",
		Short: "Decide on the latest draft, or that of a run, in a browser",
		Long: `Decide on the latest draft, or that of a run, in a browser.

It prints an address with a token for each reviewer: open it. The page is for this
machine alone. Every decision is in the ledger of the workspace before the next pair
appears, and is never changed: taking one back is another decision. Ctrl-C ends it.

An adjudicator is a reviewer who settles what others disagree on; where one is
named, nobody else does. A reader sees everything, of blind pairs too, and changes
nothing.

Other machines reach it with --allow-remote, which wants the files of a TLS
certificate and a file of tokens: a line for each reviewer, the name, then the
token, 32 characters or more, then reviewer, adjudicator, reader or nothing,
readable by its owner alone.`,
		Example: `  concord review
  concord review --reviewer ada --reviewer grace --blind 0.2
  concord review --reviewer ada --reviewer grace --adjudicator carol --reader auditor
  concord review --addr 0.0.0.0:8484 --allow-remote --host desk.example:8484 --tls-cert desk.pem --tls-key desk.key --tokens tokens.txt`,
		Args: cobra.NoArgs,
		RunE: runReview,
	}
	cmd.Flags().String("addr", "127.0.0.1:8484", "address to listen on; port 0 for any that is free")
	cmd.Flags().StringArray("reviewer", nil, "who decides; repeat it for several (default the name of the account)")
	cmd.Flags().StringArray("adjudicator", nil, "who settles what reviewers disagree on, and decides besides; repeat it for several")
	cmd.Flags().StringArray("reader", nil, "who sees everything and changes nothing; repeat it for several")
	cmd.Flags().String("run", "", "run to review (default the latest draft)")
	cmd.Flags().Float64("blind", 0, "share of the pairs, 0 to 1, of which what was proposed is hidden until the reviewer has decided")
	cmd.Flags().String("against", "", "crosswalk between former editions: the checks say what is claimed otherwise now")
	cmd.Flags().String("tokens", "", "file of reviewers, their tokens and roles, instead of --reviewer, --adjudicator and --reader")
	cmd.Flags().Bool("allow-remote", false, "let other machines in")
	cmd.Flags().String("host", "", "host and port that browsers name, where that is not the address")
	cmd.Flags().String("tls-cert", "", "file of the TLS certificate, with its chain, in PEM")
	cmd.Flags().String("tls-key", "", "file of its key, in PEM")
	cmd.AddCommand(newReviewImport(), newReviewAgreement(), newReviewCarry(), newReviewLabels())
	return cmd
}

func runReview(cmd *cobra.Command, _ []string) error {
	door, err := doorOf(cmd)
	if err != nil {
		return usage(err)
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	book, err := e.openLedger(ctx)
	if err != nil {
		return err
	}
	defer book.Close()
	doc, complete, err := e.draftToReview(cmd, book)
	if err != nil {
		return err
	}
	check, err := e.checkOf(cmd, doc)
	if err != nil {
		return err
	}
	draft := review.Draft{
		Run: doc.Run, Source: doc.Source, Target: doc.Target, SourceIDs: doc.SourceIDs, TargetIDs: doc.TargetIDs,
		Proposals: doc.Proposals, Threshold: doc.Threshold,
	}
	listener, err := door.open(ctx)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
	blind, _ := cmd.Flags().GetFloat64("blind")
	var more func(context.Context, int64) ([]crosswalk.Proposal, int64, error)
	if !complete {
		more = func(ctx context.Context, after int64) ([]crosswalk.Proposal, int64, error) {
			return book.ProposalsAfter(ctx, doc.Run, after)
		}
	}
	drafting, done := e.draftingOf(ctx, book, log)
	defer done()
	desk, err := review.New(ctx, review.Settings{
		Draft: draft, Ledger: book, Reservations: book, Reviewers: door.reviewers, Host: door.host, TLS: door.certificate != nil, Blind: blind, Check: check, Changes: e.changesOf(book, doc),
		Readers: e.readersOf(book, doc), Matrix: func(ctx context.Context, w io.Writer) error { return e.matrixPage(ctx, book, doc.Source.Spec(), w) }, More: more, Drafting: drafting, Now: time.Now, Log: log,
	})
	if err != nil {
		listener.Close()
		return usage(err)
	}
	door.announce(cmd, desk)
	if !complete {
		fmt.Fprintln(cmd.ErrOrStderr(), "The draft is not complete: what is judged from now on appears by itself.")
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s on run %s: %s. Open the address; Ctrl-C ends it.\n",
		door.names(), draft.Run, counted(len(draft.Proposals), "proposal"))
	return serveDesk(ctx, listener, desk, log)
}

// serveDesk serves until the context ends. A decision that is under way is kept.
func serveDesk(ctx context.Context, listener net.Listener, desk http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler: desk, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelError),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if err := server.Shutdown(soon); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}

// draftToReview returns what the flags ask for, and whether all of it is drafted.
func (e *engine) draftToReview(cmd *cobra.Command, book *ledger.Ledger) (doc *export.Document, complete bool, err error) {
	var args []string
	if id, _ := cmd.Flags().GetString("run"); id != "" {
		args = append(args, id)
	} else if id, err := latestDraft(cmd.Context(), book); err != nil {
		return nil, false, err
	} else if id == "" {
		return nil, false, usage(errors.New("there is no draft yet: run concord draft first"))
	}
	run, doc, err := e.find(cmd.Context(), book, args)
	return doc, run.Finished != nil, err
}

// changesOf returns what compares the texts of a run with those of runs that
// decisions were carried over from. The desk asks for one at a time.
func (e *engine) changesOf(book *ledger.Ledger, doc *export.Document) func(context.Context, crosswalk.Decision, crosswalk.Standing) (source, target []corpus.Run, err error) {
	former := map[string]carry.Frameworks{}
	return func(ctx context.Context, x crosswalk.Decision, at crosswalk.Standing) (source, target []corpus.Run, err error) {
		from, known := former[x.Carried.Run]
		if !known {
			old, err := loadRun(ctx, book, x.Carried.Run)
			if err != nil {
				return nil, nil, err
			}
			from = carry.Frameworks{Source: old.Source, Target: old.Target}
			former[x.Carried.Run] = from
		}
		return carry.Changes(x, at, from, carry.Frameworks{Source: doc.Source, Target: doc.Target})
	}
}

// checkOf returns what looks for doubtful claims in the crosswalk that decisions
// on a run come to, and in what it says otherwise than the one of --against.
func (e *engine) checkOf(cmd *cobra.Command, doc *export.Document) (func([]crosswalk.Decision) ([]lint.Finding, error), error) {
	var older *exchange.Crosswalk
	if path, _ := cmd.Flags().GetString("against"); path != "" {
		m, err := e.openMapping(path)
		if err != nil {
			return nil, err
		}
		older = m.Crosswalk
	}
	return func(decisions []crosswalk.Decision) ([]lint.Finding, error) {
		c, err := doc.Crosswalk(decisions, export.Scope{Drafts: true, Unrelated: true})
		if err != nil {
			return nil, err
		}
		found := lint.Check(c, doc.Source, doc.Target)
		if older == nil {
			return found, nil
		}
		more, err := lint.Editions(older, c)
		return append(found, more...), err
	}, nil
}
