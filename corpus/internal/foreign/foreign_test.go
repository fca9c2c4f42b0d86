package foreign_test

import (
	"strings"
	"testing"

	"concord/corpus/internal/foreign"
)

func TestProsePrintsOneLineAParagraph(t *testing.T) {
	for markdown, want := range map[string]string{
		"One  paragraph\nover lines.\n\n\nAnother.":                 "One paragraph over lines.\nAnother.",
		"Choose:\n- one,\n  or more\n- two\n1. first":               "Choose:\n- one, or more\n- two\n1. first",
		"See [the (old) rule](http://x.org/a_(b)) today.":           "See the (old) rule today.",
		"See [it]( /x ) and [](#y)z.":                               "See it and z.",
		"Known[<sup>\\[1\\]</sup>][1].\n\n[1]: https://x.org \"X\"": "Known.",
		"A<br>B <sup>2</sup> <name>":                                "A B 2 <name>",
		"bad \xff byte":                                             "bad \ufffd byte",
		"":                                                          "",
	} {
		if got := foreign.Prose(markdown); got != want {
			t.Errorf("%q became %q, want %q", markdown, got, want)
		}
	}
}

func TestNameFallsBackToASlugAndSaysWhenThereIsNoVersion(t *testing.T) {
	for title, want := range map[string]string{
		"NIST Cybersecurity Framework 2.0":   "csf@2.0",
		"Straßen-Regeln (2nd)":               "stra-en-regeln-2nd@unversioned",
		"規則":                                 "untitled@unversioned",
		strings.Repeat("nine-char-", 9):      "nine-char-nine-char-nine-char-nine-char@unversioned",
		"SP 800-53 moderate-impact baseline": "sp800-53@unversioned-moderate",
	} {
		if name, edition := foreign.Name("", title); name+"@"+edition != want {
			t.Errorf("%q is named %s@%s, want %s", title, name, edition, want)
		}
	}
}

func TestJSONErrorsCountLinesFromWhereTheDataBegins(t *testing.T) {
	var v struct{ Name string }
	for data, want := range map[string]string{
		"{\n\n\"name\": }":  "line 12: not valid JSON",
		"{\n\"name\": 7\n}": "line 11: name: cannot read a JSON number as string",
		"[]":                "line 10: document: cannot read a JSON array as struct",
	} {
		if err := foreign.JSONAt(10, []byte(data), &v); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error for %q is %v, want one that says %q", data, err, want)
		}
	}
}
