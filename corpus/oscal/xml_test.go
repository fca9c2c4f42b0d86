package oscal_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"concord/corpus"
	"concord/corpus/oscal"
)

// asXML writes a JSON catalog or profile in the XML of OSCAL.
func asXML(t testing.TB, data []byte) []byte {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	w := &xmlWriter{}
	w.b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	for _, model := range []string{"catalog", "profile"} {
		if fields, ok := doc[model].(map[string]any); ok {
			w.element(model, fields, ` xmlns="http://csrc.nist.gov/ns/oscal/1.0"`)
		}
	}
	return []byte(w.b.String())
}

type xmlWriter struct{ b strings.Builder }

// attributes are the fields that XML writes as attributes.
var attributes = []string{"id", "uuid", "class", "name", "value", "href", "rel", "ns", "how-many", "role-id", "media-type", "method",
	"with-child-controls", "pattern", "param-id", "control-id", "position", "by-id", "depends-on"}

// singular names the elements that XML repeats where JSON has a list under
// another name.
var singular = map[string]string{"parties": "party", "responsible-parties": "responsible-party", "addresses": "address",
	"include-controls": "include-controls", "exclude-controls": "exclude-controls", "matching": "matching", "choice": "choice"}

// order is that of the elements, as far as the schema demands one that matters
// here; others follow by the alphabet.
var order = []string{"metadata", "title", "params", "props", "links", "label", "usage", "prose", "parts", "imports", "merge", "modify", "groups", "controls", "back-matter"}

func (w *xmlWriter) element(name string, fields map[string]any, more string) {
	w.b.WriteString("<" + name + more)
	keys := []string{}
	for key := range fields {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int {
		i, j := slices.Index(order, a), slices.Index(order, b)
		if (i < 0) != (j < 0) {
			return j - i // those in the order first
		}
		if i != j {
			return i - j
		}
		return strings.Compare(a, b)
	})
	isAttribute := func(key string) bool {
		_, text := fields[key].(string)
		return text && slices.Contains(attributes, key) && !(name == "party" && key == "name")
	}
	for _, key := range keys {
		if isAttribute(key) {
			w.b.WriteString(" " + key + `="` + escape(fields[key].(string)) + `"`)
		}
	}
	w.b.WriteString(">\n")
	for _, key := range keys {
		if !isAttribute(key) {
			w.field(key, fields[key])
		}
	}
	w.b.WriteString("</" + name + ">\n")
}

func (w *xmlWriter) field(key string, v any) {
	switch v := v.(type) {
	case []any:
		name, ok := singular[key]
		if !ok {
			name = strings.TrimSuffix(key, "s")
		}
		for _, item := range v {
			w.field(name, item)
		}
	case map[string]any:
		w.element(key, v, "")
	case string:
		switch key {
		case "prose":
			w.blocks(v)
		case "description", "usage", "remarks":
			w.b.WriteString("<" + key + ">")
			w.blocks(v)
			w.b.WriteString("</" + key + ">\n")
		default:
			w.b.WriteString("<" + key + ">" + line(v) + "</" + key + ">\n")
		}
	default:
		fmt.Fprintf(&w.b, "<%s>%v</%s>\n", key, v, key)
	}
}

var listMark = regexp.MustCompile(`^\s*(?:(\*)|\d+\.)\s+`)

// blocks writes multi-line Markdown as paragraphs and lists.
func (w *xmlWriter) blocks(markdown string) {
	for block := range strings.SplitSeq(markdown, "\n\n") {
		tag, text := "p", []string{}
		flush := func() {
			if body := line(strings.Join(text, "\n")); tag != "p" {
				w.b.WriteString("<li>" + body + "</li>")
			} else if strings.TrimSpace(body) != "" {
				w.b.WriteString("<p>" + body + "</p>\n")
			}
			text = nil
		}
		for raw := range strings.SplitSeq(block, "\n") {
			if mark := listMark.FindStringSubmatch(raw); mark != nil {
				flush()
				if tag == "p" {
					if tag = "ol"; mark[1] != "" {
						tag = "ul"
					}
					w.b.WriteString("<" + tag + ">")
				}
				raw = raw[len(mark[0]):]
			}
			text = append(text, raw)
		}
		flush()
		if tag != "p" {
			w.b.WriteString("</" + tag + ">\n")
		}
	}
}

var inlines = regexp.MustCompile(`\{\{[^{}]*\}\}|\[[^\[\]]*\]\([^()]*\)|\*\*[^*]+\*\*`)

// line writes Markdown of one line as text with elements.
func line(markdown string) string {
	var b strings.Builder
	for {
		at := inlines.FindStringIndex(markdown)
		if at == nil {
			return b.String() + escape(markdown)
		}
		b.WriteString(escape(markdown[:at[0]]))
		found := markdown[at[0]:at[1]]
		switch found[0] {
		case '{':
			fields := strings.Fields(strings.Trim(found, "{}"))
			fmt.Fprintf(&b, `<insert type="param" id-ref="%s"/>`, escape(fields[len(fields)-1]))
		case '*':
			b.WriteString("<strong>" + escape(strings.Trim(found, "*")) + "</strong>")
		default:
			text, href, _ := strings.Cut(found, "](")
			b.WriteString(`<a href="` + escape(strings.TrimSuffix(href, ")")) + `">` + escape(text[1:]) + "</a>")
		}
		markdown = markdown[at[1]:]
	}
}

func escape(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s))
	return b.String()
}

func TestXMLReadsAsTheSameCatalogInJSON(t *testing.T) {
	const r5 = "nist-sp800-53r5/NIST_SP-800-53_"
	for _, file := range []string{r5 + "rev5.2.0_assembled_catalog.json", r5 + "rev5.0.1_catalog.json", r5 + "rev5.1.1_HIGH-baseline-resolved-profile_catalog-min.json"} {
		t.Run(file, func(t *testing.T) {
			data := published(t, file)
			want := read(t, data)

			got := read(t, asXML(t, data))

			if len(got.Elements) != len(want.Elements) {
				t.Fatalf("%d elements, want %d", len(got.Elements), len(want.Elements))
			}
			for i, e := range got.Elements {
				if !reflect.DeepEqual(e, want.Elements[i]) {
					t.Errorf("XML gives\n%+v, JSON\n%+v", e, want.Elements[i])
				}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("XML gives the framework %s %q of %q, JSON %s %q of %q",
					got.Spec(), got.Title, got.Publisher, want.Spec(), want.Title, want.Publisher)
			}
		})
	}
}

// madeXML returns a small catalog with this in a statement.
func madeXML(prose string) []byte {
	return []byte(`<?xml version="1.0"?><!DOCTYPE catalog>
<catalog xmlns="http://csrc.nist.gov/ns/oscal/1.0"><metadata><title>Rules</title><version>1</version></metadata>
<group id="g"><control id="c"><title>Walk</title>
<param id="p"><label>paces per <em>minute</em></label></param>
<part name="statement" id="c_smt">` + prose + `</part></control></group></catalog>`)
}

func TestReadTurnsXMLMarkupIntoLines(t *testing.T) {
	for prose, want := range map[string]string{
		"<p>Walk at\n   <insert type=\"param\" id-ref=\"p\"/>\n   daily.</p>": "Walk at [Assignment: organization-defined paces per *minute*] daily.",
		"<p>One.</p><p>Two.</p>": "One.\nTwo.",
		`<p>See <a href="#x">the <strong>rules</strong></a>, <em>all</em> of them.</p>`:  "See the **rules**, *all* of them.",
		"<p>Do:</p>\n<ul>\n <li>this,</li>\n <li><p>that.</p></li><li/></ul><p>End.</p>": "Do:\n* this,\n* that.\nEnd.",
		"<ol><li>one<ul><li>inner</li></ul></li><li>two</li></ol>":                       "1. one\n* inner\n2. two",
		"<table><tr><th>a</th><th>b</th></tr><tr><td>c</td><td>d</td></tr></table>":      "| a | b\n| c | d",
		"<p>a &amp; b &lt;c&gt;<br/>d<!-- e --></p>":                                     "a & b <c> d",
		"<p><![CDATA[a <b> c]]></p>":                                                     "a <b> c",
		`<h2>Head</h2><pre>two
lines</pre><p><img alt="A picture" src="x"/>, <q>said</q> <code>so</code></p>`: "Head\ntwo lines\nA picture, \"said\" `so`",
		"<title>Not read</title><prop name='label' value='a.'/><p>Text.</p>":                                                                                          "Text.",
		"<p>Item:</p><part name='item' id='i'><prop name='label' value='a.'/><p>first</p><part name='item'><prop name='label' value='1.'/><p>inner</p></part></part>": "Item:\na. first\n1. inner",
	} {
		f := read(t, madeXML(prose))

		if got := f.Elements[1].Text; got != want {
			t.Errorf("%s became\n%q, want\n%q", prose, got, want)
		}
	}
}

func TestReadNamesWhatIsWrongInXML(t *testing.T) {
	deep := func(open, close string) string { return strings.Repeat(open, 5000) + strings.Repeat(close, 5000) }
	for name, c := range map[string]struct{ data, want string }{
		"profile":         {`<profile xmlns="x"/>`, "resolve it first"},
		"another model":   {"<ssp/>", `no top-level "catalog"`},
		"HTML":            {"<!DOCTYPE html><html><body><br></body></html>", `no top-level "catalog"`},
		"cut off":         {"<catalog>\n<metadata>\n", "line 3: not valid XML: unexpected EOF"},
		"nothing in it":   {"<?xml version='1.0'?>\n", "line 2: not valid XML: the file ends too early"},
		"tags that cross": {"<catalog>\n<group></catalog>", "line 2: not valid XML"},
		"entity":          {`<!DOCTYPE catalog [<!ENTITY a "aaa">]>` + string(madeXML("<p>&a;</p>")), "line 5: not valid XML: invalid character entity &a;"},
		"encoding":        {`<?xml version="1.0" encoding="UTF-16"?><catalog/>`, "UTF-16"},
		"no elements":     {"<catalog/>", "no elements"},
		"control no id":   {"<catalog><group id='g'><control><title>Nameless</title></control></group></catalog>", `a control has no id: title "Nameless", below "g"`},
		"deep groups":     {"<catalog>" + deep("<group>", "</group>") + "</catalog>", "groups are nested more than 100 deep"},
		"deep parts":      {string(madeXML(deep("<part>", "</part>"))), "parts are nested more than 100 deep"},
		"deep prose":      {string(madeXML(deep("<em>", "</em>"))), "elements of prose are nested more than 100 deep"},
		"deep lists":      {string(madeXML(deep("<ul><li>", "</li></ul>"))), "elements of prose are nested more than 100 deep"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := oscal.Read([]byte(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one that says %q", err, c.want)
			}
		})
	}
}

func TestXMLThatOSCALDoesNotDefineIsPassedOver(t *testing.T) {
	f := read(t, []byte(`<catalog><own><group id="x"/></own><group id="g"><title>Group</title><own/><part name="overview"><p>All of it.</p></part>
		<control id="c"><own/><title>Walk</title><part name="statement"><p>Walk <own>far</own>.</p></part></control></group></catalog>`))

	want := []corpus.Element{{ID: "g", Kind: "group", Title: "Group", Text: "All of it."}, {ID: "c", Kind: "control", Parent: "g", Title: "Walk", Text: "Walk far."}}
	if !reflect.DeepEqual(f.Elements, want) {
		t.Errorf("elements are\n%+v, want\n%+v", f.Elements, want)
	}
}
