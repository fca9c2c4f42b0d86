package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os/user"
	"time"

	"github.com/spf13/cobra"

	"concord/crosswalk/ledger"
	"concord/crosswalk/review"
)

func newReview() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "review",
		Short: "Decide on the latest draft, or that of a run, in a browser",
		Long: `Decide on the latest draft, or that of a run, in a browser.

It prints an address with a token: open it. The page is for this machine alone.
Every decision is in the ledger of the workspace before the next pair appears, and
is never changed: taking one back is another decision. Ctrl-C ends it.`,
		Example: "  concord review\n  concord review --reviewer ada --run 4138e083-06cc-5a8e-93ae-ca83a6820968",
		Args:    cobra.NoArgs,
		RunE:    runReview,
	}
	cmd.Flags().String("addr", "127.0.0.1:8484", "address on this machine; port 0 for any that is free")
	cmd.Flags().String("reviewer", "", "who decides (default the name of the account)")
	cmd.Flags().String("run", "", "run to review (default the latest draft)")
	cmd.AddCommand(newReviewImport())
	cmd.AddCommand(newReviewCarry())
	cmd.AddCommand(newReviewLabels())
	return cmd
}

func runReview(cmd *cobra.Command, _ []string) error {
	addr, _ := cmd.Flags().GetString("addr")
	if err := onThisMachine(addr); err != nil {
		return usage(err)
	}
	reviewer, err := reviewerOf(cmd)
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
	draft, err := e.draftToReview(cmd, book)
	if err != nil {
		return err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("%w: choose another address with --addr", err)
	}
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
	desk, err := review.New(ctx, review.Settings{
		Draft: draft, Ledger: book, Reviewer: reviewer, Host: listener.Addr().String(), Token: rand.Text() + rand.Text(), Now: time.Now, Log: log,
	})
	if err != nil {
		listener.Close()
		return usage(err)
	}
	fmt.Fprintln(cmd.OutOrStdout(), desk.Address())
	fmt.Fprintf(cmd.ErrOrStderr(), "%s decides on run %s: %d proposals. Open the address; Ctrl-C ends it.\n", oneLine(reviewer), draft.Run, len(draft.Proposals))
	return serveDesk(ctx, listener, desk, log)
}

// serveDesk serves until the context ends. A decision that is under way is kept.
func serveDesk(ctx context.Context, listener net.Listener, desk http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler: desk, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
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

// draftToReview returns what the flags ask for.
func (e *engine) draftToReview(cmd *cobra.Command, book *ledger.Ledger) (review.Draft, error) {
	var args []string
	if id, _ := cmd.Flags().GetString("run"); id != "" {
		args = append(args, id)
	} else if id, err := latestDraft(cmd.Context(), book); err != nil {
		return review.Draft{}, err
	} else if id == "" {
		return review.Draft{}, usage(errors.New("there is no draft yet: run concord draft first"))
	}
	run, doc, err := e.find(cmd.Context(), book, args)
	if err != nil {
		return review.Draft{}, err
	}
	return review.Draft{
		Run: run.ID, Source: doc.Source, Target: doc.Target, SourceIDs: doc.SourceIDs, TargetIDs: doc.TargetIDs,
		Proposals: doc.Proposals, Threshold: doc.Threshold,
	}, nil
}

// reviewerOf returns who decides.
func reviewerOf(cmd *cobra.Command) (string, error) {
	if name, _ := cmd.Flags().GetString("reviewer"); name != "" || cmd.Flags().Changed("reviewer") {
		return name, nil
	}
	account, err := user.Current()
	if err != nil || account.Username == "" {
		return "", errors.New("the name of the account is not known: say who decides with --reviewer")
	}
	return account.Username, nil
}
