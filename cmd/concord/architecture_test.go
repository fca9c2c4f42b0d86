package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "concord/"

// order lists the packages from the bottom up. A package may import only
// packages that stand above it here.
var order = []string{
	"internal/atomicfile",
	"internal/slots",
	"internal/outage",
	"internal/endpoint",
	"internal/ask",
	"internal/batch",
	"internal/markdown",
	"internal/unseen",
	"internal/visible",
	"internal/cell",
	"internal/xlsx",
	"internal/mockapi",
	"corpus",
	"internal/hostile",
	"internal/browsertest",
	"internal/postgrestest",
	"internal/smalldisk",
	"internal/terminal",
	"corpus/internal/foreign",
	"corpus/internal/readertest",
	"corpus/builtin",
	"corpus/oscal",
	"corpus/profile",
	"corpus/sheet",
	"corpus/cprt",
	"corpus/atlas",
	"corpus/stix",
	"corpus/ciso",
	"corpus/asvs",
	"corpus/source",
	"embed",
	"embed/shingle",
	"embed/lexicon",
	"embed/local",
	"embed/local/train",
	"embed/remote",
	"embed/dense",
	"embed/vectors",
	"embed/chromem",
	"crosswalk",
	"crosswalk/overview",
	"crosswalk/exchange",
	"crosswalk/exchange/exchangetest",
	"crosswalk/exchange/oscal",
	"crosswalk/exchange/ciso",
	"crosswalk/exchange/document",
	"crosswalk/exchange/lint",
	"crosswalk/exchange/sssom",
	"crosswalk/exchange/internal/record",
	"crosswalk/exchange/table",
	"crosswalk/exchange/workbook",
	"crosswalk/exchange/olir",
	"crosswalk/exchange/strm",
	"crosswalk/exchange/internal/outline",
	"crosswalk/exchange/page",
	"crosswalk/exchange/markdown",
	"crosswalk/calibration",
	"crosswalk/candidate",
	"crosswalk/judge",
	"crosswalk/convention",
	"crosswalk/llm",
	"crosswalk/register",
	"crosswalk/register/form",
	"crosswalk/register/poam",
	"crosswalk/register/markdown",
	"crosswalk/comment",
	"crosswalk/comment/template",
	"crosswalk/comment/report",
	"crosswalk/ledger",
	"crosswalk/fleet",
	"crosswalk/capacity",
	"crosswalk/export",
	"crosswalk/edition",
	"crosswalk/edition/editiontest",
	"crosswalk/carry",
	"crosswalk/gold",
	"crosswalk/orgprofile",
	"crosswalk/posture",
	"crosswalk/matrix",
	"crosswalk/role",
	"crosswalk/agreement",
	"crosswalk/effort",
	"crosswalk/review",
	"crosswalk/mapping",
	"eval/trec",
	"eval/leak",
	"eval/memory",
	"eval",
	"eval/train",
	"eval/report",
	"eval/gate",
	"cmd/concord",
}

// only names the packages that may import a library, or one of ours.
var only = map[string][]string{
	"github.com/spf13/viper":                             {"cmd/concord"},
	"github.com/philippgille/chromem-go":                 {"embed/chromem"},
	"github.com/sashabaranov/go-openai":                  {"internal/endpoint", "internal/ask", "internal/batch", "embed/remote", "crosswalk/llm"},
	"modernc.org/sqlite":                                 {"crosswalk/ledger"},
	"github.com/xuri/excelize/v2":                        {"internal/xlsx", "corpus/sheet", "crosswalk/exchange/workbook", "crosswalk/exchange/olir", "crosswalk/register/form", "crosswalk/comment/template", "crosswalk/comment/report", "crosswalk/matrix"},
	module + "eval/train":                                {"cmd/concord"},
	"github.com/chromedp/chromedp":                       {"internal/browsertest"}, // for tests
	module + "eval/report":                               {"cmd/concord"},
	module + "eval":                                      {"eval/train", "eval/report", "eval/gate", "cmd/concord"},
	module + "eval/gate":                                 {"cmd/concord"},
	module + "corpus/source":                             {"embed/local/train", "cmd/concord"},
	module + "internal/mockapi":                          {"cmd/concord"},
	module + "internal/hostile":                          {},
	module + "internal/browsertest":                      {},
	module + "crosswalk/edition/editiontest":             {},
	module + "corpus/internal/readertest":                {},
	module + "crosswalk/ledger":                          {"cmd/concord"},
	"github.com/jackc/pgx/v5":                            {"crosswalk/ledger", "crosswalk/fleet"},
	"github.com/jackc/pgx/v5/pgconn":                     {"internal/outage", "crosswalk/ledger"},
	"github.com/jackc/pgx/v5/stdlib":                     {"crosswalk/ledger", "crosswalk/fleet"},
	"github.com/jackc/pgx/v5/pgxpool":                    {"crosswalk/fleet"},
	"github.com/riverqueue/river":                        {"crosswalk/fleet"},
	"github.com/riverqueue/river/riverdriver/riverpgxv5": {"crosswalk/fleet"},
	"github.com/riverqueue/river/rivermigrate":           {"crosswalk/fleet"},
	"github.com/riverqueue/river/rivertype":              {"crosswalk/fleet"},
	module + "crosswalk/fleet":                           {"cmd/concord"},
	module + "internal/postgrestest":                     {},
}

func TestImportsPointOneWay(t *testing.T) {
	rank := map[string]int{}
	for i, p := range order {
		rank[p] = i
	}
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "concord/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		from := strings.TrimPrefix(p.ImportPath, module)
		seen++
		if _, listed := rank[from]; !listed {
			t.Errorf("%s has no place in the order", from)
		}
		for _, imported := range p.Imports {
			if to, ours := strings.CutPrefix(imported, module); ours && rank[to] >= rank[from] {
				t.Errorf("%s imports %s, which stands beside or below it", from, to)
			}
			if allowed, restricted := only[imported]; restricted && !slices.Contains(allowed, from) {
				t.Errorf("%s imports %s, which is for %v", from, imported, allowed)
			}
		}
	}
	if seen != len(order) {
		t.Errorf("%d packages, the order lists %d", seen, len(order))
	}
}

// TestTheTopLevelHoldsWhatThePlanNames keeps stray files out of the repository:
// its top level is the first thing that a stranger reads.
func TestTheTopLevelHoldsWhatThePlanNames(t *testing.T) {
	planned := []string{".ci", ".gitattributes", ".gitignore", "LICENSE", "README.md", "cmd", "config.yaml", "corpus", "crosswalk",
		"docs", "embed", "eval", "go.mod", "go.sum", "internal"}
	list := exec.Command("git", "ls-files")
	list.Dir = filepath.Join("..", "..")
	out, err := list.Output()
	if err != nil {
		t.Skipf("not in a git checkout: %v", err)
	}
	for path := range strings.Lines(string(out)) {
		if top, _, _ := strings.Cut(strings.TrimSpace(path), "/"); !slices.Contains(planned, top) {
			t.Errorf("%s does not belong at the top level", top)
		}
	}
}
