package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/lint"
	"concord/crosswalk/exchange/oscal"
	"concord/crosswalk/exchange/sssom"
)

func newValidate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validate FILE",
		Short: "Say what is wrong with a crosswalk, in any format",
		Long: `Say what is wrong with a crosswalk, in any format.

The format is told from the content. The file is held against the rules of its
format, then the crosswalk against those of NIST IR 8477 and against itself. With
--from and --to its ids, editions, texts and hierarchies are held against the
frameworks, with --against its relations against a crosswalk of other editions.
The findings are explained in docs/interchange.md. The exit code is 2 if there is
an error, and 0 if there are warnings alone.`,
		Example: "  concord validate mapping.json\n  concord validate theirs.xlsx --from csf --to sp800-53 --json",
		Args:    cobra.ExactArgs(1),
		RunE:    runValidate,
	}
	cmd.Flags().String("from", "", "the source framework: a name, name@edition or file (default: not looked at)")
	cmd.Flags().String("to", "", "the target framework")
	cmd.Flags().String("against", "", "a crosswalk of other editions of the frameworks: say where the two contradict each other")
	cmd.Flags().Bool("json", false, "print JSON")
	columnsFlag(cmd)
	return cmd
}

// severityError is that of findings that make a file invalid.
const severityError = string(lint.Error)

// A finding is one thing that is wrong with a file.
type finding struct {
	Code     string `json:"code"`
	Severity string `json:"severity"` // see [lint.Severity]
	// Where is the place in the file: a line, a JSON pointer, a row.
	Where   string `json:"where,omitempty"`
	Message string `json:"message"`
	// Pairs are the rows that it is about; none if it is about the bytes of the
	// file or the crosswalk as a whole.
	Pairs []lint.Pair `json:"pairs,omitempty"`
}

// validation is what validate --json prints.
type validation struct {
	File     string    `json:"file"`
	Format   string    `json:"format"`
	Source   string    `json:"source"`
	Target   string    `json:"target"`
	Rows     int       `json:"rows"`
	Gaps     int       `json:"gaps"`
	Errors   int       `json:"errors"`
	Findings []finding `json:"findings"`
}

func runValidate(cmd *cobra.Command, args []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	source, target, err := e.namedSides(cmd)
	if err != nil {
		return err
	}
	older, err := e.otherEdition(cmd)
	if err != nil {
		return err
	}
	v, err := e.validate(args[0], source, target, older)
	if err != nil {
		return err
	}
	w := cmd.OutOrStdout()
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		err = json.NewEncoder(w).Encode(v)
	} else {
		err = v.print(w)
	}
	if err == nil && v.Errors > 0 {
		err = usage(fmt.Errorf("%s: %s", args[0], counted(v.Errors, "error")))
	}
	return err
}

// namedSides opens the frameworks that are named; nil for one that is not.
func (e *engine) namedSides(cmd *cobra.Command) (source, target *corpus.Framework, err error) {
	from, _ := cmd.Flags().GetString("from")
	to, _ := cmd.Flags().GetString("to")
	if from != "" {
		if source, err = e.open(from); err != nil {
			return nil, nil, err
		}
	}
	if to != "" {
		target, err = e.open(to)
	}
	return source, target, err
}

// otherEdition reads the crosswalk that --against names; nil if it names none.
func (e *engine) otherEdition(cmd *cobra.Command) (*exchange.Crosswalk, error) {
	path, _ := cmd.Flags().GetString("against")
	if path == "" {
		return nil, nil
	}
	m, err := e.openMapping(path)
	return m.Crosswalk, err
}

// validate looks at a file: first at its bytes, then, if they can be read, at
// what they say.
func (e *engine) validate(path string, source, target *corpus.Framework, older *exchange.Crosswalk) (validation, error) {
	v := validation{File: path, Findings: []finding{}}
	m, err := e.mappingBytes(path)
	if err != nil {
		return v, err
	}
	if m.format.check != nil {
		v.add(m.format.check(m.data)...)
	}
	read, err := e.openMapping(path)
	v.Format = read.title()
	if m.format.name != "" && read.format.name == "" && err == nil {
		v.Findings = nil // it is a list that others published
	}
	if err != nil {
		if v.Format = m.title(); v.Errors == 0 {
			v.add(finding{Code: "unreadable", Severity: severityError, Message: unwrapped(err).Error()})
		}
		return v, nil
	}
	v.Source, v.Target, v.Rows, v.Gaps = read.Source.Spec(), read.Target.Spec(), len(read.Rows), len(read.Gaps)
	found, err := lintOf(read.Crosswalk, source, target, older)
	if err != nil {
		return v, usage(fmt.Errorf("%s: %w", path, err))
	}
	v.add(found...)
	v.Findings = append([]finding{}, v.Findings...)
	return v, nil
}

// unwrapped returns an error without its exit code.
func unwrapped(err error) error {
	if coded, ok := errors.AsType[*codedError](err); ok {
		return coded.err
	}
	return err
}

func (v *validation) add(findings ...finding) {
	for _, f := range findings {
		if f.Severity == severityError {
			v.Errors++
		}
		v.Findings = append(v.Findings, f)
	}
}

func (v validation) print(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %s, %s → %s, %s, %s\n", oneLine(v.File), v.Format, oneLine(v.Source), oneLine(v.Target), counted(v.Rows, "row"), counted(v.Gaps, "gap"))
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, f := range v.Findings {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", f.Severity, f.Code, oneLine(f.Where), oneLine(f.Message))
	}
	table.Flush()
	if len(v.Findings) == 0 {
		fmt.Fprintln(&b, "nothing is wrong")
	}
	_, err := w.Write(b.Bytes())
	return err
}

func checkOSCAL(data []byte) []finding {
	var out []finding
	for _, f := range oscal.Check(data) {
		out = append(out, finding{Code: f.Code, Severity: severityError, Where: f.Pointer, Message: f.Message})
	}
	return out
}

func checkSSSOM(data []byte) []finding {
	var out []finding
	for _, f := range sssom.Check(data) {
		out = append(out, finding{Code: string(f.Code), Severity: severityError, Where: fmt.Sprintf("line %d, column %d", f.Line, f.Column), Message: f.Message})
	}
	return out
}

// lintOf holds a crosswalk against itself, against its frameworks where they are
// not nil, and against that of another edition if there is one.
func lintOf(c *exchange.Crosswalk, source, target *corpus.Framework, older *exchange.Crosswalk) ([]finding, error) {
	found := lint.Check(c, source, target)
	if older != nil {
		more, err := lint.Editions(older, c)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	var out []finding
	for _, f := range found {
		where := ""
		if f.Row > 0 {
			where = fmt.Sprintf("row %d", f.Row)
		}
		out = append(out, finding{f.Code, string(f.Severity), where, f.Message, f.Pairs})
	}
	return out, nil
}
