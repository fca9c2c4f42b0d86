package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"concord/eval"
	"concord/eval/trec"
)

// A compared is a comparison of two runs with what it was made from.
type compared struct {
	Base    string  `json:"base"`
	New     string  `json:"new"`
	Qrels   string  `json:"qrels"`
	Seed    uint64  `json:"seed"`
	Matters float64 `json:"matters"`
	eval.Gaps
	eval.Comparison
}

func (c compared) verdict() (eval.Verdict, error) {
	return c.Verdict, fmt.Errorf("%s: %s", c.Verdict, c.Reason)
}

func compareRuns(before, after, labels string, o eval.CompareOptions) (compared, error) {
	c := compared{Base: before, New: after, Qrels: labels, Seed: o.Seed, Matters: o.Matters}
	qrels, err := readTREC(labels, trec.ReadQrels)
	if err != nil {
		return c, err
	}
	base, err := readTREC(before, trec.ReadRun)
	if err != nil {
		return c, err
	}
	next, err := readTREC(after, trec.ReadRun)
	if err != nil {
		return c, err
	}
	pairs, gaps, err := eval.Pair(qrels, base, next)
	if err != nil {
		return c, usage(err)
	}
	c.Gaps = gaps
	c.Comparison = eval.Compare(pairs, o)
	return c, nil
}

// A comparedSets is a comparison of two results files.
type comparedSets struct {
	Base       string        `json:"base"`
	BaseSystem string        `json:"base_system"`
	New        string        `json:"new"`
	NewSystem  string        `json:"new_system"`
	Seed       uint64        `json:"seed"`
	Matters    float64       `json:"matters"`
	Missing    []string      `json:"missing"` // sets that only one of them has
	Sets       []comparedSet `json:"sets"`
	Verdict    eval.Verdict  `json:"verdict"`
}

type comparedSet struct {
	Set string `json:"set"`
	eval.Comparison
}

func (c comparedSets) verdict() (eval.Verdict, error) {
	if len(c.Missing) > 0 && c.Verdict == eval.NotEnoughData {
		return c.Verdict, fmt.Errorf("%s: %d label sets are in one of the files only: %s", c.Verdict, len(c.Missing), strings.Join(c.Missing, ", "))
	}
	for _, s := range c.Sets {
		if s.Verdict == c.Verdict {
			return c.Verdict, fmt.Errorf("%s: %s: %s", c.Verdict, s.Set, s.Reason)
		}
	}
	return c.Verdict, fmt.Errorf("%s", c.Verdict)
}

// compareResults compares two systems on the sets that both files have. A set
// that only one has is named, and no set at all is an error.
func compareResults(files, systems [2]string, o eval.CompareOptions) (comparedSets, error) {
	c := comparedSets{Base: files[0], BaseSystem: systems[0], New: files[1], NewSystem: systems[1],
		Seed: o.Seed, Matters: o.Matters, Missing: []string{}, Sets: []comparedSet{}}
	var results [2]eval.Results
	for i, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			return c, usage(err)
		}
		if results[i], err = eval.ReadResults(data); err != nil {
			return c, usage(fmt.Errorf("%s: %w; two runs need --qrels with their labels", path, err))
		}
	}
	var paired [][]eval.Paired
	after := map[string]eval.SetResult{}
	for _, s := range results[1].Sets {
		after[s.Key()] = s
	}
	for _, before := range results[0].Sets {
		next, ok := after[before.Key()]
		if !ok {
			c.Missing = append(c.Missing, before.Key())
			continue
		}
		delete(after, before.Key())
		pairs, err := pairSystems(before, next, files, systems)
		if err != nil {
			return c, usage(err)
		}
		paired = append(paired, pairs)
		c.Sets = append(c.Sets, comparedSet{Set: before.Key()})
	}
	for _, s := range results[1].Sets {
		if _, left := after[s.Key()]; left {
			c.Missing = append(c.Missing, s.Key())
		}
	}
	if len(paired) == 0 {
		return c, usage(fmt.Errorf("%s and %s: %w", files[0], files[1], errors.New("no label set is in both")))
	}
	all := eval.CompareAll(paired, o)
	for i, one := range all {
		c.Sets[i].Comparison = one
	}
	c.Verdict = eval.Overall(all)
	if len(c.Missing) > 0 && c.Verdict != eval.Regression {
		c.Verdict = eval.NotEnoughData // what is gone may be what got worse
	}
	return c, nil
}

// pairSystems pairs what two systems reached on one set.
func pairSystems(before, next eval.SetResult, files, systems [2]string) ([]eval.Paired, error) {
	var scores [2]eval.Score
	for i, set := range []eval.SetResult{before, next} {
		var ok bool
		if scores[i], ok = set.Score(systems[i]); !ok {
			return nil, fmt.Errorf("%s: %s has no system %q", files[i], set.Key(), systems[i])
		}
	}
	pairs, err := eval.PairScores(scores[0], scores[1])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", before.Key(), err)
	}
	return pairs, nil
}
