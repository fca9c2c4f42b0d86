package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"concord/corpus/source"
)

func newCorpusPull() *cobra.Command {
	return pullCommand(source.Official(), &http.Client{})
}

// pullCommand pulls what a catalogue lists.
func pullCommand(catalogue []source.Download, client *http.Client) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pull [NAME...]",
		Short: "Download the official text of frameworks",
		Long: `Download the official text of frameworks from their publishers' own addresses.

From then on the name finds the official text before the built-in one. Without
a NAME it lists what can be pulled. Files stay in corpora/cache in the
workspace; one that is there and right is not downloaded again, and a download
that broke off goes on where it stopped.

A file whose SHA-256 is not known beforehand is checked against the one of its
first download, which is recorded in corpora/cache/lock.json.

Ends with code 1 if something could not be pulled.`,
		Example: "  concord corpus pull sp800-53 csf\n  concord corpus pull --all",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			all, _ := cmd.Flags().GetBool("all")
			asJSON, _ := cmd.Flags().GetBool("json")
			if all && len(args) > 0 {
				return usage(errors.New("--all pulls everything: leave the names out"))
			}
			if !all && len(args) == 0 {
				return listDownloads(cmd.OutOrStdout(), catalogue, asJSON)
			}
			chosen := catalogue
			if !all {
				var err error
				if chosen, err = source.Choose(catalogue, args); err != nil {
					return usage(err)
				}
			}
			return pullAll(cmd, client, chosen, asJSON)
		},
	}
	cmd.Flags().Bool("all", false, "pull everything that can be pulled")
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

// A download is what the list says of one.
type download struct {
	Name      string `json:"name"`
	Edition   string `json:"edition"`
	Publisher string `json:"publisher"`
	Licence   string `json:"licence"`
	URL       string `json:"url"`
	SHA256    string `json:"sha256,omitempty"` // empty if the first download decides
}

func listDownloads(w io.Writer, catalogue []source.Download, asJSON bool) error {
	if asJSON {
		list := make([]download, len(catalogue))
		for i, d := range catalogue {
			list[i] = download{d.Name, d.Edition, d.Publisher, d.Licence, d.URL, d.SHA256}
		}
		return json.NewEncoder(w).Encode(list)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tSHA-256\tPUBLISHER\tADDRESS")
	for _, d := range catalogue {
		hash := "of the first download"
		if d.SHA256 != "" {
			hash = "pinned"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", d.Spec(), hash, d.Publisher, d.URL)
	}
	return table.Flush()
}

// pulled is what is printed of a download that is done.
type pulled struct {
	Name     string         `json:"name"`
	Edition  string         `json:"edition"`
	URL      string         `json:"url"`
	File     string         `json:"file"`
	SHA256   string         `json:"sha256"`
	Pinned   bool           `json:"pinned"`
	Cached   bool           `json:"cached"`
	Was      string         `json:"sha256_before,omitempty"`
	Elements map[string]int `json:"elements"`
}

// pullAll pulls one after the other. A failure does not keep it from the rest.
func pullAll(cmd *cobra.Command, client *http.Client, chosen []source.Download, asJSON bool) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	done := []pulled{}
	var failed []string
	for _, d := range chosen {
		out, err := e.pull(cmd, client, d)
		if err != nil {
			if len(chosen) == 1 {
				return err
			}
			fmt.Fprintln(e.stderr, oneLine(err.Error()))
			failed = append(failed, d.Spec())
			if cmd.Context().Err() != nil {
				break
			}
			continue
		}
		done = append(done, pulled{
			d.Name, d.Edition, d.URL, out.File, out.SHA256, d.SHA256 != "", out.Cached, out.Was, out.Framework.Counts(),
		})
		if !asJSON {
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", d.Spec(), counts(out.Framework.Counts()))
		}
	}
	if asJSON {
		if err := json.NewEncoder(cmd.OutOrStdout()).Encode(done); err != nil {
			return err
		}
	}
	if len(done) < len(chosen) {
		return fmt.Errorf("%d of %d pulled; not %s", len(done), len(chosen), strings.Join(failed, ", "))
	}
	return nil
}

// pull pulls one and says what is not as usual.
func (e *engine) pull(cmd *cobra.Command, client *http.Client, d source.Download) (source.Pulled, error) {
	bar := newProgress(e.stderr, d.Spec()+", kB:")
	out, err := source.Puller{
		Library:  e.library,
		Client:   client,
		Progress: func(done, total int64) { bar.show(int(done>>10), int(max(done, total)>>10)) },
	}.Pull(cmd.Context(), d)
	bar.end()
	switch {
	case err != nil:
	case out.Cached:
		fmt.Fprintf(e.stderr, "%s was in the cache: nothing downloaded\n", d.Spec())
	case out.First:
		fmt.Fprintf(e.stderr, "%s: no hash was known to check against; recorded SHA-256 %s of %s\n", d.Spec(), out.SHA256, d.URL)
	case out.Was != "":
		fmt.Fprintf(e.stderr, "%s has changed at %s: SHA-256 was %s, is %s\n", d.Spec(), d.URL, out.Was, out.SHA256)
	}
	return out, err
}
