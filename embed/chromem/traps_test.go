package chromem

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"concord/embed/vectors"
)

func TestNoTextEverReachesTheOpenAICloud(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "not-a-key")
	set, err := vectors.New([]string{"a"}, [][]float32{{1, 0}})
	if err != nil {
		t.Fatal(err)
	}
	ix, err := New(t.Context(), set, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ix.collection.Query(t.Context(), "some text", 1, nil, nil); !errors.Is(err, errTextOnly) {
		t.Errorf("a text is answered with %v", err)
	}
}

// The parts of the library that lose vectors, call out or ignore arguments are
// not called at all.
func TestThePartsOfTheLibraryThatBiteAreNotCalled(t *testing.T) {
	banned := map[string]string{
		"NewPersistentDB":         "its file names collide, its files are cut by a crash, its compress flag hides them",
		"NewEmbeddingFuncDefault": "it calls the OpenAI cloud",
		"Query":                   "it embeds a text",
		"QueryWithOptions":        "it embeds a text",
		"Delete":                  "it ignores ids beside a filter",
		"ExportToFile":            "it writes in place",
		"ExportToWriter":          "vectors at rest are a file of our own",
		"ImportFromReader":        "vectors at rest are a file of our own",
		"GetCollection":           "it writes to the collection while it hands it out",
		"GetOrCreateCollection":   "it hides that the collection is missing",
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		files := token.NewFileSet()
		f, err := parser.ParseFile(files, e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && banned[s.Sel.Name] != "" {
				t.Errorf("%s calls %s: %s", files.Position(n.Pos()), s.Sel.Name, banned[s.Sel.Name])
			}
			return true
		})
	}
}
