// Train learns the word vectors of the built-in embedder from the built-in
// frameworks and from files of others, in any format that Concord reads:
//
//	go run ./embed/local/train --texts FILES --out embed/local/model.bin
//
// The same texts in the same order and the same settings give the same file, on
// the same kind of processor.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"concord/embed/local"
	"concord/internal/atomicfile"
)

func main() { os.Exit(run(os.Args[1:], os.Stderr)) }

// options are what the command line says.
type options struct {
	texts   []string
	without []string
	out     string
	date    string
	settings
}

func run(args []string, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintf(stderr, "train: %v\n", err)
		return 2
	}
	if err := o.train(stderr); err != nil {
		fmt.Fprintf(stderr, "train: %v\n", err)
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (options, error) {
	o := options{settings: usual()}
	flags := flag.NewFlagSet("train", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Func("texts", "files of frameworks beside the built-in ones, or folders of such `files`; commas apart, or given several times", list(&o.texts))
	flags.Func("without", "`names` of frameworks to leave out in every edition; commas apart, or given several times", list(&o.without))
	flags.StringVar(&o.out, "out", "", "the `file` to write")
	flags.StringVar(&o.date, "date", time.Now().UTC().Format(time.DateOnly), "the `date` to note in the file")
	flags.IntVar(&o.dimensions, "dimensions", o.dimensions, "numbers a word")
	flags.IntVar(&o.window, "window", o.window, "how many words away a neighbour may stand")
	flags.IntVar(&o.least, "least", o.least, "in how many elements a word must stand")
	flags.Uint64Var(&o.seed, "seed", o.seed, "of the random projection")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("what is %q? Files go after --texts", flags.Arg(0))
	case o.out == "":
		return o, errors.New("--out is missing: name the file to write")
	case o.dimensions < 1 || o.window < 1 || o.least < 1:
		return o, errors.New("--dimensions, --window and --least want 1 or more")
	}
	if _, err := time.Parse(time.DateOnly, o.date); err != nil {
		return o, fmt.Errorf("--date %q: want one such as 2026-11-22", o.date)
	}
	return o, nil
}

// list collects the values of a flag.
func list(into *[]string) func(string) error {
	return func(s string) error {
		*into = append(*into, strings.Split(s, ",")...)
		return nil
	}
}

// train reads, learns and writes.
func (o options) train(progress io.Writer) error {
	texts, err := o.read(progress)
	if err != nil {
		return err
	}
	model, err := learn(texts, o.settings, o.header(texts), progress)
	if err != nil {
		return err
	}
	file, err := model.File()
	if err != nil {
		return err
	}
	fmt.Fprintf(progress, "%s: %d words of %d dimensions, %d bytes\n", model.Name(), model.Header().Terms, model.Header().Dimensions, len(file))
	return atomicfile.Write(o.out, file)
}

// header says what the model is learned from.
func (o options) header(texts []text) local.Header {
	h := local.Header{Without: o.without, Window: o.window, Least: o.least, Seed: o.seed, Date: o.date,
		Command: fmt.Sprintf("go run ./embed/local/train --texts FILES%s --dimensions %d --window %d --least %d --seed %d --date %s --out FILE",
			leftOut(o.without), o.dimensions, o.window, o.least, o.seed, o.date)}
	for _, t := range texts {
		h.Texts = append(h.Texts, t.source)
	}
	return h
}

func leftOut(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " --without " + strings.Join(names, ",")
}
