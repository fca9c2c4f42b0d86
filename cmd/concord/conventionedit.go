package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

func newConventionEdit() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "edit NAME",
		Short: "Replace the summary of a convention",
		Long: `Replace the summary of a convention.

Without --summary it opens the summary in the editor that VISUAL or EDITOR names.
What was there before is kept as an earlier version.`,
		Example: "  concord convention edit house-rules\n  concord convention edit house-rules --summary summary.txt",
		Args:    cobra.ExactArgs(1),
		RunE:    runConventionEdit,
	}
	cmd.Flags().String("summary", "", "file with the new summary; - for standard input")
	return cmd
}

func runConventionEdit(cmd *cobra.Command, args []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	book, all, err := e.conventions(ctx)
	if err != nil {
		return err
	}
	defer book.Close()
	c, _, err := versionOf(all, args[0], "")
	if err != nil {
		return err
	}
	path, _ := cmd.Flags().GetString("summary")
	summary, err := "", error(nil)
	switch path {
	case "":
		summary, err = inEditor(ctx, cmd, c.Summary)
	case "-":
		summary, err = readAll(cmd.InOrStdin())
	default:
		var data []byte
		data, err = os.ReadFile(path)
		summary, err = string(data), usage(err)
	}
	if err != nil {
		return err
	}
	edited, err := c.Edit(summary)
	if err != nil {
		return usage(fmt.Errorf("nothing is kept: %w", err))
	}
	if edited.Summary == c.Summary {
		fmt.Fprintf(e.stderr, "%s: the summary is as it was: nothing changed\n", c.Label())
		return nil
	}
	_, err = e.keep(ctx, book, edited)
	return err
}

// longestInput is how much is read of what somebody pipes in, in bytes.
const longestInput = 1 << 20

func readAll(r io.Reader) (string, error) {
	data, err := io.ReadAll(io.LimitReader(r, longestInput))
	return string(data), err
}

// inEditor lets the user change a text in their editor.
func inEditor(ctx context.Context, cmd *cobra.Command, text string) (string, error) {
	words := strings.Fields(cmp.Or(os.Getenv("VISUAL"), os.Getenv("EDITOR")))
	if len(words) == 0 {
		return "", usage(errors.New("no editor: set VISUAL or EDITOR, or give a file with --summary"))
	}
	dir, err := os.MkdirTemp("", "concord-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "summary.txt")
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		return "", err
	}
	editor := exec.CommandContext(ctx, words[0], append(words[1:], path)...)
	editor.Stdin, editor.Stdout, editor.Stderr = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
	if err := editor.Run(); err != nil {
		return "", fmt.Errorf("nothing is kept: editor %s: %w", words[0], err)
	}
	data, err := os.ReadFile(path)
	return string(data), err
}
