package document

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// validate holds JSON against the schema.
func validate(data []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("the JSON cannot be read: %w", err)
	}
	compiled, err := compile()
	if err != nil {
		return err
	}
	var violations *jsonschema.ValidationError
	if err := compiled.Validate(value); errors.As(err, &violations) {
		return first(violations)
	} else if err != nil {
		return err
	}
	return nil
}

func compile() (*jsonschema.Schema, error) {
	const name = "concord-crosswalk-1.json"
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(schema))
	if err != nil {
		return nil, fmt.Errorf("parse the schema: %w", err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, parsed); err != nil {
		return nil, fmt.Errorf("add the schema: %w", err)
	}
	compiled, err := c.Compile(name)
	if err != nil {
		return nil, fmt.Errorf("compile the schema: %w", err)
	}
	return compiled, nil
}

// A violation is one thing that the schema does not allow. order keeps rows in
// the order of the file; the validator walks maps.
type violation struct{ order, text string }

// first says which violation stands first in the file, and how many more there
// are.
func first(top *jsonschema.ValidationError) error {
	printer := message.NewPrinter(language.English)
	var all []violation
	var walk func(*jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		for _, cause := range e.Causes {
			walk(cause)
		}
		if len(e.Causes) > 0 {
			return
		}
		if extra, ok := e.ErrorKind.(*kind.AdditionalProperties); ok {
			slices.Sort(extra.Properties)
		}
		where := place(e.InstanceLocation)
		all = append(all, violation{order(e.InstanceLocation), where + e.ErrorKind.LocalizedString(printer)})
	}
	walk(top)
	slices.SortFunc(all, func(a, b violation) int {
		return strings.Compare(a.order+"\x00"+a.text, b.order+"\x00"+b.text)
	})
	if more := len(all) - 1; more > 0 {
		return fmt.Errorf("%s (and %d more)", all[0].text, more)
	}
	return errors.New(all[0].text)
}

// place names a member as a person counts: "row 3, strength: ".
func place(at []string) string {
	if len(at) == 0 {
		return ""
	}
	if len(at) > 1 && (at[0] == "rows" || at[0] == "gaps") {
		if i, err := strconv.Atoi(at[1]); err == nil {
			at = append([]string{fmt.Sprintf("%s %d", strings.TrimSuffix(at[0], "s"), i+1)}, at[2:]...)
		}
	}
	return strings.Join(at, ", ") + ": "
}

func order(at []string) string {
	padded := slices.Clone(at)
	for i, step := range padded {
		if _, err := strconv.Atoi(step); err == nil {
			padded[i] = fmt.Sprintf("%12s", step)
		}
	}
	return strings.Join(padded, "/")
}
