package lexicon_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/corpus/builtin"
	"concord/embed"
	"concord/embed/lexicon"
)

func open(t testing.TB) *lexicon.Lexicon {
	t.Helper()
	l, err := lexicon.Default()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func concepts(l *lexicon.Lexicon, text string) []string {
	var a embed.Analyzer
	return l.Concepts(a.Terms(text))
}

func TestOneThingSaidInSeveralWaysIsOneConcept(t *testing.T) {
	l := open(t)
	tests := map[string][]string{
		"data-poisoning":       {"Poisoning", "They tampered with training data.", "corrupted training data"},
		"mfa":                  {"MFA", "multi-factor authentication", "two-factor", "a second factor"},
		"sbom":                 {"SBOMs", "a software bill of materials", "the bill of materials"},
		"model-theft":          {"model stealing", "model extraction", "stolen models"},
		"prompt-injection":     {"prompt injection", "hidden instructions", "indirect prompt injections"},
		"hallucination":        {"hallucinated", "confabulation", "made-up answers"},
		"separation-of-duties": {"segregation of duties", "separated duties", "dual control"},
		"membership-inference": {"membership inference", "membership attack"},
		"model-drift":          {"drift", "distribution shift"},
		"human-oversight":      {"human in the loop", "human oversight", "manual approval"},
		"alternate-site":       {"hot site", "alternate processing", "secondary site"},
		"continuity":           {"BCP", "business continuity", "continuity of operations"},
	}
	for want, texts := range tests {
		for _, text := range texts {
			if got := concepts(l, text); !slices.Equal(got, []string{want}) {
				t.Errorf("%q names %v, want %s alone", text, got, want)
			}
		}
	}
}

func TestAPhraseWinsOverTheWordsInIt(t *testing.T) {
	l := parse(t, "short: training, lessons\nlong: training data, dataset\nlonger: training data poisoning, poisoned corpus\nafter: poisoning, poison pill")
	tests := map[string]string{
		"Training":                        "short",
		"training data":                   "long",
		"training; data":                  "long",
		"training data poisoning":         "longer",
		"training of data, then training": "long short",
		"data training poisoning":         "short after",
		"training training data":          "short long",
		"dataset and dataset":             "long long",
		"unheard of":                      "",
		"":                                "",
	}
	for text, want := range tests {
		if got := strings.Join(concepts(l, text), " "); got != want {
			t.Errorf("%q names %q, want %q", text, got, want)
		}
	}
}

// ambiguous are the entries that stand in more than one family.
var ambiguous = []string{
	"flood: dos environment-controls",       // of requests, of water
	"posit risk: opportunity position-risk", // positive risk, the risk of a position
}

func TestNoEntryIsInTwoFamiliesButTheAmbiguousOnes(t *testing.T) {
	l := open(t)
	families := map[string][]string{}
	var order []string
	for _, id := range l.IDs() {
		for _, terms := range l.Words(id) {
			entry := strings.Join(terms, " ")
			if families[entry] == nil {
				order = append(order, entry)
			}
			families[entry] = append(families[entry], id)
		}
	}
	var got []string
	for _, entry := range order {
		if len(families[entry]) > 1 {
			got = append(got, entry+": "+strings.Join(families[entry], " "))
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, ambiguous) {
		t.Errorf("in several families:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(ambiguous, "\n"))
	}
	if got := concepts(l, "flooding"); !slices.Equal(got, []string{"dos", "environment-controls"}) {
		t.Errorf("an ambiguous word names %v", got)
	}
}

func TestTheLexiconIsLargeAndEveryEntryCanBeFound(t *testing.T) {
	l := open(t)
	if n := len(l.IDs()); n < 400 {
		t.Errorf("%d families, want at least 400", n)
	}
	for _, id := range l.IDs() {
		if len(l.Words(id)) < 2 {
			t.Errorf("%s has %d entries", id, len(l.Words(id)))
		}
		for _, terms := range l.Words(id) {
			if len(terms) == 0 {
				t.Errorf("%s has an entry without an index term", id)
			} else if !slices.Contains(l.Concepts(terms), id) {
				t.Errorf("%s: entry %v names %v", id, terms, l.Concepts(terms))
			}
		}
	}
	if l.Words("no-such-concept") != nil {
		t.Error("a concept that there is not has words")
	}
}

func TestAlmostEveryBuiltInElementNamesAConcept(t *testing.T) {
	l := open(t)
	for _, spec := range []string{"sp800-53", "csf", "owasp-ai-exchange"} {
		f, err := builtin.Open(spec)
		if err != nil {
			t.Fatal(err)
		}
		named, elements := 0, f.Mappable()
		for _, e := range elements {
			if len(concepts(l, e.Title+"\n"+e.Text)) > 0 {
				named++
			}
		}
		share := float64(named) / float64(len(elements))
		t.Logf("%s: %d of %d elements, %.3f", f.Spec(), named, len(elements), share)
		if share <= 0.9 {
			t.Errorf("%s: %.3f of the elements name a concept, want more than 0.9", f.Spec(), share)
		}
	}
}

func parse(t testing.TB, text string) *lexicon.Lexicon {
	t.Helper()
	l, err := lexicon.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestALexiconWithAMistakeIsRefusedByItsLine(t *testing.T) {
	tests := []struct{ line, says string }{
		{"no colon here", `"no colon here" is no family`},
		{"a: x-ray, image\na: picture, photo", "family a is there twice"},
		{"Upper: one thing, another", `id "Upper"`},
		{"two words: one thing, another", `id "two words"`},
		{"-a: one thing, another", `id "-a"`},
		{"a--b: one thing, another", `id "a--b"`},
		{": one thing, another", `id ""`},
		{"é: one thing, another", `id "é"`},
		{"a:", "family a is empty"},
		{"a:  ", "family a is empty"},
		{"a: alone", "single entry"},
		{"a: image,, picture", "an entry is empty"},
		{"a: image, picture,", "an entry is empty"},
		{"a: image, the and of", `"the and of" has no index term`},
		{"a: image, V&V", `"V&V" has no index term`},
		{"a: encrypted, picture, encryption", `"encryption" reads the same as "encrypted"`},
		{"a: image, b: picture", `the character ':'`},
		{"a: image, [picture]", `the character '['`},
		{"a: image, pict\x00ure", `the character '\x00'`},
		{"a: image, pict\xffure", `the character '�'`},
		{"a: image, pict\ture", `the character '\t'`},
		{"a: image, pict\u202eure", `the character '\u202e'`},
		{"a: image, " + strings.Repeat("long ", 100) + "!", "..."},
	}
	for _, tt := range tests {
		text := "# heading\n\nfirst: word, phrase\n" + tt.line
		where := fmt.Sprintf("line %d:", 1+strings.Count(text, "\n"))
		_, err := lexicon.Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), where) {
			t.Errorf("%q: error %v, want one about %q at %s", tt.line, err, tt.says, where)
		}
	}
}

// TestConceptsAgreeWithANaiveScan compares with the rule itself: at each place
// the longest entry that stands there, and on after it.
func TestConceptsAgreeWithANaiveScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"red", "green", "blue", "white"})
		entry := rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(word, 1, 3).Draw(t, "words"), " ")
		})
		var b strings.Builder
		for i := range rapid.IntRange(0, 5).Draw(t, "families") {
			entries := rapid.SliceOfNDistinct(entry, 2, 4, func(s string) string { return s }).Draw(t, "entries")
			fmt.Fprintf(&b, "family-%d: %s\n", i, strings.Join(entries, ", "))
		}
		l, err := lexicon.Parse([]byte(b.String()))
		if err != nil {
			t.Fatal(err)
		}
		terms := rapid.SliceOfN(word, 0, 12).Draw(t, "terms")

		if got, want := l.Concepts(terms), naive(l, terms); !slices.Equal(got, want) {
			t.Errorf("%s%v names %v, want %v", &b, terms, got, want)
		}
	})
}

// naive looks for every entry at every place.
func naive(l *lexicon.Lexicon, terms []string) (found []string) {
	for len(terms) > 0 {
		longest := 0
		var here []string
		for _, id := range l.IDs() {
			for _, entry := range l.Words(id) {
				if len(entry) > len(terms) || !slices.Equal(entry, terms[:len(entry)]) {
					continue
				}
				if len(entry) > longest {
					longest, here = len(entry), nil
				}
				if len(entry) == longest {
					here = append(here, id)
				}
			}
		}
		found = append(found, here...)
		terms = terms[max(longest, 1):]
	}
	return found
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("# heading\n\na: word, other word\nb-2: x.509, C2/CD, it's\n"))
	f.Add([]byte("a: word"))
	f.Add([]byte("a: [Assignment: x], word\r\nb:\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := lexicon.Parse(data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "lexicon: line ") {
				t.Errorf("error without a line: %v", err)
			}
			return
		}
		for _, id := range l.IDs() {
			if words := l.Words(id); len(words) < 2 || !slices.Contains(l.Concepts(words[0]), id) {
				t.Errorf("%s: %v", id, words)
			}
		}
	})
}

// text is a hundred words that name a concept here and there.
func text(b *testing.B) []string {
	var a embed.Analyzer
	terms := a.Terms(strings.Repeat("Before release, the team looks for tampering with training data, checks every supplier's bill of materials, "+
		"and keeps logs of who changed the model weights, so that a stolen model or a later incident can be explained to customers. ", 10))
	if len(terms) < 100 {
		b.Fatalf("%d terms", len(terms))
	}
	return terms[:100]
}

// BenchmarkConcepts reads a text of a hundred terms, by the index and by a scan
// for every entry at every place.
func BenchmarkConcepts(b *testing.B) {
	l, terms := open(b), text(b)
	var indexed float64 // nanoseconds a text
	b.Run("indexed", func(b *testing.B) {
		for b.Loop() {
			l.Concepts(terms)
		}
		indexed = float64(b.Elapsed().Nanoseconds()) / float64(b.N)
	})
	b.Run("scan", func(b *testing.B) {
		for b.Loop() {
			naive(l, terms)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/indexed, "times-indexed")
	})
}

func BenchmarkDefault(b *testing.B) {
	for b.Loop() {
		if _, err := lexicon.Default(); err != nil {
			b.Fatal(err)
		}
	}
}
