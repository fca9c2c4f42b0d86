// Command concord drafts, reviews and measures crosswalks between the NIST
// Cyber AI Profile and other control frameworks. Run it with no arguments for
// help.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// Exit codes of the program.
const (
	exitOK     = 0
	exitFailed = 1 // could not run
	exitUsage  = 2 // used wrongly, or a validation found something
	exitGate   = 3 // a comparison or gate failed
	exitTooFew = 4 // not enough data to say
)

// longestError is how much of an error is shown, in characters.
const longestError = 1000

// run is the program. Output is data on stdout, talk on stderr.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() { // the first signal ends politely, the second at once
		<-ctx.Done()
		stop()
	}()

	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)

	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(stderr, "concord:", clip(oneLine(err.Error()), longestError))
	var coded *codedError
	if errors.As(err, &coded) {
		return coded.code
	}
	return exitFailed
}

// A codedError ends the program with a code other than exitFailed.
type codedError struct {
	code int
	err  error
}

func (e *codedError) Error() string { return e.err.Error() }
func (e *codedError) Unwrap() error { return e.err }

// usage marks an error as a wrong use of the program.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return &codedError{exitUsage, err}
}
