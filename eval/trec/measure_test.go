package trec_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/eval/trec"
)

// read reads a file with one of the readers of TREC formats.
func read[T any](t *testing.T, path string, reader func([]byte) (T, error)) T {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	out, err := reader(data)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return out
}

// TestReportsAreThoseOfTrecEval compares with what trec_eval 10.0 printed. It
// printed nothing, and failed, where a judged query is missing from the run and
// it was not told to complete.
func TestReportsAreThoseOfTrecEval(t *testing.T) {
	cases, err := filepath.Glob("testdata/trec_eval-golden/case-*")
	if err != nil || len(cases) != 40 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	refused := 0
	for _, dir := range cases {
		qrels := read(t, filepath.Join(dir, "qrels"), trec.ReadQrels)
		run := read(t, filepath.Join(dir, "run"), trec.ReadRun)
		for name, complete := range map[string]bool{"expected.txt": false, "expected-complete.txt": true} {
			report, err := trec.Eval(qrels, run, complete)
			want, missing := os.ReadFile(filepath.Join(dir, name))
			if errors.Is(missing, fs.ErrNotExist) && !complete {
				refused++
				if err == nil || !strings.Contains(err.Error(), "the run lacks") {
					t.Errorf("%s: error %v, where trec_eval refuses", dir, err)
				}
				continue
			}
			if missing != nil || err != nil {
				t.Errorf("%s: %v, %v", dir, missing, err)
				continue
			}
			if got := written(t, report, true); got != string(want) {
				t.Errorf("%s/%s: %s", dir, name, firstDifference(got, string(want)))
			}
			_, all, _ := strings.Cut(string(want), "num_q ")
			if got := written(t, report, false); got != "num_q "+all {
				t.Errorf("%s/%s without queries: %s", dir, name, firstDifference(got, "num_q "+all))
			}
		}
	}
	if refused != 18 {
		t.Errorf("%d cases refused, want 18", refused)
	}
}

func written(t *testing.T, r trec.Report, perQuery bool) string {
	t.Helper()
	var b strings.Builder
	if err := r.Write(&b, perQuery); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d is %q, want %q", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

func value(t testing.TB, m trec.Measures, measure string) float64 {
	t.Helper()
	for _, v := range m.Values {
		if v.Measure == measure {
			return v.Value
		}
	}
	t.Fatalf("no measure %s of %s", measure, m.Query)
	return 0
}

func TestTiesGoToTheGreaterIdAndScoresAre32Bits(t *testing.T) {
	qrels := trec.Qrels{"q": {"a": 1}}
	for text, want := range map[string]float64{
		"q 0 a 1 1 r\nq 0 b 2 1 r":                    0.5, // a tie
		"q 0 a 1 0.100000001 r\nq 0 b 2 0.1 r":        0.5, // alike in 32 bits
		"q 0 a 1 0.10000001 r\nq 0 b 2 0.1 r":         1,   // one step apart
		"q 0 a 9 2 r\nq 0 b 1 1 r":                    1,   // whatever the rank says
		"q 0 a 1 -0 r\nq 0 b 2 0 r":                   0.5, // zero is zero
		"q 0 a 1 1e300 r\nq 0 b 2 inf r\nq 0 c 3 9 r": 0.5, // both infinite
	} {
		run, err := trec.ReadRun([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		report, err := trec.Eval(qrels, run, false)
		if err != nil {
			t.Fatal(err)
		}
		if got := value(t, report.All, "recip_rank"); got != want {
			t.Errorf("%q: reciprocal rank %v, want %v", text, got, want)
		}
	}
}

func TestBprefSkipsDocumentsInThePoolThatNobodyJudged(t *testing.T) {
	qrels := trec.Qrels{"q": {"bad": 0, "pooled": -1, "good": 1, "better": 3, "worse": 0}}
	run := trec.Run{"q": {{"pooled", 9}, {"other", 8}, {"bad", 7}, {"good", 6}}}

	report, err := trec.Eval(qrels, run, false)
	if err != nil {
		t.Fatal(err)
	}

	// One of two relevant is found, below one of two nonrelevant.
	if got := value(t, report.All, "bpref"); got != 0.25 {
		t.Errorf("bpref %v, want 0.25", got)
	}
	if got := value(t, report.All, "num_rel"); got != 2 {
		t.Errorf("num_rel %v, want 2", got)
	}
}

func TestAQueryWithoutRelevantDocumentsMeasuresZeroAndCounts(t *testing.T) {
	qrels := trec.Qrels{"full": {"a": 1}, "none": {"a": 0, "b": -1}}
	run := trec.Run{"full": {{"a", 1}}, "none": {{"a", 1}, {"b", 2}}}

	report, err := trec.Eval(qrels, run, false)
	if err != nil {
		t.Fatal(err)
	}

	bounded(t, report)
	for _, m := range []string{"map", "ndcg", "ndcg_cut_10", "bpref", "Rprec", "recall_5", "recip_rank"} {
		if none, all := value(t, report.Queries[1], m), value(t, report.All, m); none != 0 || all != 0.5 {
			t.Errorf("%s is %v for the query and %v for all, want 0 and 0.5", m, none, all)
		}
	}
}

func TestARunWithoutJudgedQueriesIsAnError(t *testing.T) {
	qrels := trec.Qrels{"q1": {"a": 1}, "q2": {"a": 1}}
	for _, complete := range []bool{false, true} {
		_, err := trec.Eval(qrels, trec.Run{"1": {{"a", 1}}}, complete)
		if err == nil || !strings.Contains(err.Error(), "no query of the qrels") {
			t.Errorf("complete %v: error %v", complete, err)
		}
	}
	_, err := trec.Eval(qrels, trec.Run{"q1": {{"a", 1}}}, false)
	if err == nil || !strings.Contains(err.Error(), "1 of the 2 queries of the qrels (q2)") {
		t.Errorf("error %v", err)
	}
}

type fataler interface {
	Helper()
	Fatalf(string, ...any)
}

// bounded checks that every mean and share is between 0 and 1, and that counts
// agree with each other.
func bounded(t fataler, r trec.Report) {
	t.Helper()
	for _, m := range append(slices.Clone(r.Queries), r.All) {
		count := map[string]float64{}
		for _, v := range m.Values {
			if v.Count {
				count[v.Measure] = v.Value
			} else if !(v.Value >= 0 && v.Value <= 1+1e-9) {
				t.Fatalf("%s of %s is %v", v.Measure, m.Query, v.Value)
			}
		}
		if found := count["num_rel_ret"]; found > count["num_rel"] || found > count["num_ret"] {
			t.Fatalf("%s found %v of %v relevant in %v", m.Query, found, count["num_rel"], count["num_ret"])
		}
	}
}

// drawn makes random judgements and a random run of some of the documents;
// scores are whole numbers up to levels, so that few levels make many ties.
func drawn(t *rapid.T, levels int) (trec.Qrels, trec.Run) {
	qrels, run := trec.Qrels{}, trec.Run{}
	for q := range rapid.IntRange(1, 4).Draw(t, "queries") {
		query := fmt.Sprintf("q%d", q)
		qrels[query] = map[string]int{"never-found": rapid.IntRange(-1, 3).Draw(t, "grade")}
		run[query] = []trec.Retrieved{{Document: "never-judged"}}
		for d := range rapid.IntRange(0, 60).Draw(t, "documents") {
			document := fmt.Sprintf("d%d", d)
			if rapid.Bool().Draw(t, "judged") {
				qrels[query][document] = rapid.IntRange(-1, 3).Draw(t, "grade")
			}
			if rapid.Bool().Draw(t, "retrieved") {
				score := rapid.IntRange(1, levels).Draw(t, "score")
				run[query] = append(run[query], trec.Retrieved{Document: document, Score: float32(score)})
			}
		}
	}
	return qrels, run
}

func TestReportsAreBoundedAndDoNotDependOnTheOrderOfLines(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		qrels, run := drawn(rt, 5)
		report, err := trec.Eval(qrels, run, false)
		if err != nil {
			rt.Fatal(err)
		}
		bounded(rt, report)
		shuffled := trec.Run{}
		for q, hits := range run {
			shuffled[q] = rapid.Permutation(hits).Draw(rt, "order of "+q)
		}
		again, err := trec.Eval(qrels, shuffled, false)
		if err != nil {
			rt.Fatal(err)
		}
		if a, b := written(t, report, true), written(t, again, true); a != b {
			rt.Fatalf("another order of lines: %s", firstDifference(b, a))
		}
	})
}

// TestAPerfectRankingMeasuresOne ranks all judged documents by their grade:
// nothing can be better, so no drawn run is.
func TestAPerfectRankingMeasuresOne(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		qrels, run := drawn(rt, 5)
		perfect := trec.Run{}
		for q, grades := range qrels {
			grades["surely-relevant"] = 1
			for document, grade := range grades {
				perfect[q] = append(perfect[q], trec.Retrieved{Document: document, Score: float32(grade)})
			}
		}
		best, err := trec.Eval(qrels, perfect, false)
		if err != nil {
			rt.Fatal(err)
		}
		for _, m := range []string{"map", "Rprec", "bpref", "recip_rank", "P_1", "ndcg", "ndcg_cut_1", "ndcg_cut_5", "ndcg_cut_10", "ndcg_cut_20", "success_1"} {
			if got := value(t, best.All, m); got < 1-1e-9 || got > 1+1e-9 {
				rt.Fatalf("%s is %v", m, got)
			}
		}
		report, err := trec.Eval(qrels, run, false)
		if err != nil {
			rt.Fatal(err)
		}
		for _, v := range report.All.Values {
			if top := value(t, best.All, v.Measure); v.Measure != "num_ret" && v.Value > top+1e-9 {
				rt.Fatalf("%s is %v, above the %v of the perfect ranking", v.Measure, v.Value, top)
			}
		}
	})
}
