// Package trec measures rankings in the files of the TREC exchange formats
// exactly as trec_eval 10.0 does.
package trec

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"concord/corpus"
)

// Qrels are relevance judgements: for each query, the grade of each judged
// document. Grades from 1 up are relevant, 0 is not relevant, and below 0 the
// document was in the pool but nobody judged it.
type Qrels map[string]map[string]int

// A Run is what a system retrieved for each query, in any order. No document
// may be there twice for a query.
type Run map[string][]Retrieved

// Retrieved is a document with its score; higher is better.
type Retrieved struct {
	Document string
	Score    float32 // as trec_eval keeps it: closer scores than this are ties
}

// Ranked returns the documents of a query, best first: by falling score, ties
// by falling id.
func (r Run) Ranked(query string) []string {
	hits := slices.Clone(r[query])
	slices.SortFunc(hits, func(a, b Retrieved) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(b.Document, a.Document))
	})
	ids := make([]string, len(hits))
	for i, h := range hits {
		ids[i] = h.Document
	}
	return ids
}

// greatestGrade bounds grades as the qrels format does.
const greatestGrade = 127

// ReadQrels reads judgements in the TREC format: a line for each document with
// query, iteration (ignored), document and grade, a whole number from -127 to
// 127, apart by white space. Empty lines and lines that begin with # are
// skipped. A line of another form, a document judged twice for a query and a
// file without judgements are errors, which name the line.
func ReadQrels(data []byte) (Qrels, error) {
	qrels := Qrels{}
	seen := map[[2]string]int{}
	err := eachLine(data, func(line int, field []string) error {
		if len(field) != 4 {
			return fmt.Errorf("%d fields, want 4: query, iteration, document and grade", len(field))
		}
		query, document := field[0], field[2]
		grade, err := strconv.Atoi(field[3])
		if err != nil || grade < -greatestGrade || grade > greatestGrade {
			return fmt.Errorf("grade %q: want a whole number from %d to %d", field[3], -greatestGrade, greatestGrade)
		}
		if err := once(seen, query, document, line); err != nil {
			return err
		}
		if qrels[query] == nil {
			qrels[query] = map[string]int{}
		}
		qrels[query][document] = grade
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("qrels: %w", err)
	}
	if len(qrels) == 0 {
		return nil, errors.New("qrels: no judgement; want lines of query, iteration, document and grade")
	}
	return qrels, nil
}

// ReadRun reads what a system retrieved in the TREC format: a line for each
// document with query, iteration, document, rank, score and run name, apart by
// white space; more may follow. Iteration, rank and run name are ignored: only
// scores rank. Empty lines and lines that begin with # are skipped. A line of
// another form, a score that is no number, a document retrieved twice for a
// query and a file without documents are errors, which name the line.
func ReadRun(data []byte) (Run, error) {
	run := Run{}
	seen := map[[2]string]int{}
	err := eachLine(data, func(line int, field []string) error {
		if len(field) < 6 {
			return fmt.Errorf("%d fields, want 6: query, iteration, document, rank, score and run name", len(field))
		}
		query, document := field[0], field[2]
		// A number too large for a float is read as infinite, and still ranks.
		score, err := strconv.ParseFloat(field[4], 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) || math.IsNaN(score) {
			return fmt.Errorf("score %q of document %s: want a number", field[4], document)
		}
		if err := once(seen, query, document, line); err != nil {
			return err
		}
		run[query] = append(run[query], Retrieved{document, float32(score)})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("run: %w", err)
	}
	if len(run) == 0 {
		return nil, errors.New("run: no document; want lines of query, iteration, document, rank, score and run name")
	}
	return run, nil
}

// once remembers the line of a document and complains about a second one.
func once(seen map[[2]string]int, query, document string, line int) error {
	key := [2]string{query, document}
	if first, twice := seen[key]; twice {
		return fmt.Errorf("document %s of query %s again, first on line %d; remove one", document, query, first)
	}
	seen[key] = line
	return nil
}

// eachLine hands over the fields of every line, counted from 1, that is
// neither empty nor a comment. Ids are printed as they are, so nothing may be
// in them that would move a terminal's cursor.
func eachLine(data []byte, read func(line int, field []string) error) error {
	line := 0
	for text := range bytes.Lines(bytes.TrimPrefix(data, []byte("\ufeff"))) {
		line++
		if !utf8.Valid(text) {
			return fmt.Errorf("line %d: not UTF-8; save the file as UTF-8 text", line)
		}
		field := strings.FieldsFunc(string(text), isSpace)
		if len(field) == 0 || strings.HasPrefix(field[0], "#") {
			continue
		}
		for _, f := range field {
			if strings.ContainsFunc(f, corpus.Unprintable) {
				return fmt.Errorf("line %d: unprintable character in %q", line, f)
			}
		}
		if err := read(line, field); err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
	return nil
}

// isSpace tells white space of the C locale: to trec_eval, a no-break space is
// part of an id.
func isSpace(r rune) bool {
	return r == ' ' || '\t' <= r && r <= '\r'
}
