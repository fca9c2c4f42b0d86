package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"concord/crosswalk/orgprofile"
)

func newProfileInit() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "init [FILE]",
		Short:   "Write a profile to begin with, with a comment on all that it may say",
		Long:    "Write a profile to begin with, by default profile.yaml, with a comment on all that it\nmay say. A file that is there already is left as it is.",
		Example: "  concord profile init\n  concord profile init csf.yaml --from csf",
		Args:    cobra.MaximumNArgs(1),
		RunE:    runProfileInit,
	}
	cmd.Flags().String("from", defaultProfile, "whose outcomes")
	return cmd
}

func runProfileInit(cmd *cobra.Command, args []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	from, _ := cmd.Flags().GetString("from")
	f, err := e.open(from)
	if err != nil {
		return err
	}
	entries, err := e.library.List()
	if err != nil {
		return err
	}
	var others []string
	for _, other := range entries {
		if other.Name != f.Name && !slices.Contains(others, other.Name) {
			others = append(others, other.Name)
		}
	}
	path := "profile.yaml"
	if len(args) > 0 {
		path = args[0]
	}
	if err := writeNew(path, orgprofile.Starter(f, others)); errors.Is(err, fs.ErrExist) {
		return usage(fmt.Errorf("%s is there already and is left as it is: name another file", path))
	} else if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "Wrote %s. Fill it in, then: concord profile %s\n", oneLine(path), oneLine(path))
	return err
}

// writeNew writes a file that must not be there.
func writeNew(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Close()); err != nil {
		os.Remove(path)
	}
	return err
}
