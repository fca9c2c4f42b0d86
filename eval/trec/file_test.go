package trec_test

import (
	"math"
	"strings"
	"testing"

	"concord/eval/trec"
)

func TestReadersTakeWhatTrecEvalTakes(t *testing.T) {
	qrels, err := trec.ReadQrels([]byte("\ufeff# judged by hand\nq1 0 A 2\r\n\nq1\t0\tB\t-1\n  q2 0 A\u00a0B 0"))
	if err != nil {
		t.Fatal(err)
	}
	if len(qrels) != 2 || qrels["q1"]["A"] != 2 || qrels["q1"]["B"] != -1 || len(qrels["q2"]) != 1 {
		t.Errorf("qrels %v", qrels)
	}
	if _, judged := qrels["q2"]["A\u00a0B"]; !judged {
		t.Errorf("a no-break space does not part fields: %v", qrels["q2"])
	}

	run, err := trec.ReadRun([]byte("# mine\nq1 Q0 A x -1.5e1 r and more\r\n\nq1 Q0 B 1 1e300 r"))
	if err != nil {
		t.Fatal(err)
	}
	if hits := run["q1"]; len(hits) != 2 || hits[0] != (trec.Retrieved{Document: "A", Score: -15}) || !math.IsInf(float64(hits[1].Score), 1) {
		t.Errorf("run %v", run)
	}
}

func TestReadersSayWhatIsWrongAndOnWhichLine(t *testing.T) {
	for text, says := range map[string]string{
		"":                         "no judgement",
		"# only\n\n":               "no judgement",
		"q 0 A 1\nq 0 A":           "line 2: 3 fields, want 4",
		"q 0 A 1 more":             "line 1: 5 fields, want 4",
		"q 0 A high":               `line 1: grade "high"`,
		"q 0 A 1.5":                `grade "1.5"`,
		"q 0 A 128":                `grade "128"`,
		"q 0 A 1\n\nq 9 A 0":       "line 3: document A of query q again, first on line 1",
		"q 0 A\x1b[2J 1":           "line 1: unprintable",
		"q\x00 0 A 1":              "line 1: unprintable",
		"q 0 A 1\nq 0 caf\xe9 1\n": "line 2: not UTF-8",
	} {
		if _, err := trec.ReadQrels([]byte(text)); err == nil || !strings.Contains(err.Error(), "qrels: ") || !strings.Contains(err.Error(), says) {
			t.Errorf("qrels %q: error %v, want %q", text, err, says)
		}
	}
	for text, says := range map[string]string{
		"":                                   "no document",
		"q Q0 A 1 2.0":                       "line 1: 5 fields, want 6",
		"q Q0 A 1 2.0 r\nq Q0 B 2 NaN r":     `line 2: score "NaN" of document B`,
		"q Q0 A 1 -nan r":                    `score "-nan"`,
		"q Q0 A 1 best r":                    `score "best"`,
		"q Q0 A 1 2 r\nq Q0 A 2 1 r":         "line 2: document A of query q again, first on line 1",
		"q Q0 A\u202e 1 2 r":                 "line 1: unprintable",
		"# x\nq Q0 A 1 2 r\nq Q0 \xff 1 2 r": "line 3: not UTF-8",
	} {
		if _, err := trec.ReadRun([]byte(text)); err == nil || !strings.Contains(err.Error(), "run: ") || !strings.Contains(err.Error(), says) {
			t.Errorf("run %q: error %v, want %q", text, err, says)
		}
	}
}

func FuzzReadQrels(f *testing.F) {
	f.Add([]byte("q1 0 A 1\nq1 0 B 0\n# more\n\nq2\t0\tA\t-1\r\n"))
	f.Add([]byte("\ufeffq 0 A 127"))
	f.Fuzz(func(t *testing.T, data []byte) {
		qrels, err := trec.ReadQrels(data)
		if err != nil {
			if qrels != nil {
				t.Fatal("qrels beside an error")
			}
			return
		}
		judged := 0
		run := trec.Run{}
		for query, grades := range qrels {
			for document, grade := range grades {
				judged++
				if query == "" || document == "" || grade < -127 || grade > 127 {
					t.Fatalf("judgement %q %q %d", query, document, grade)
				}
				run[query] = append(run[query], trec.Retrieved{Document: document})
			}
		}
		if judged == 0 || judged > strings.Count(string(data), "\n")+1 {
			t.Fatalf("%d judgements", judged)
		}
		report, err := trec.Eval(qrels, run, false)
		if err != nil {
			t.Fatal(err)
		}
		bounded(t, report)
	})
}

func FuzzReadRun(f *testing.F) {
	f.Add([]byte("q1 Q0 A 1 2.5 r\nq1 Q0 B 2 2.5 r\n# more\n\nq2\tQ0\tA\t1\t-1e-9\tr\r\n"))
	f.Add([]byte("q Q0 A 1 inf r\nq Q0 B 1 1e999 r"))
	f.Fuzz(func(t *testing.T, data []byte) {
		run, err := trec.ReadRun(data)
		if err != nil {
			if run != nil {
				t.Fatal("a run beside an error")
			}
			return
		}
		qrels := trec.Qrels{}
		for query, hits := range run {
			grades := map[string]int{}
			for i, h := range hits {
				if query == "" || h.Document == "" || h.Score != h.Score {
					t.Fatalf("query %q retrieved %+v", query, h)
				}
				if _, twice := grades[h.Document]; twice {
					t.Fatalf("%q twice", h.Document)
				}
				grades[h.Document] = i%4 - 1
			}
			qrels[query] = grades
		}
		if len(qrels) == 0 {
			t.Fatal("no document and no error")
		}
		report, err := trec.Eval(qrels, run, false)
		if err != nil {
			t.Fatal(err)
		}
		bounded(t, report)
	})
}
