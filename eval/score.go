package eval

// A Score is what one system reached on one task.
type Score struct {
	System  string `json:"system"`
	Digest  string `json:"labels_sha256"` // of what it was measured against, see Observation
	Sources int    `json:"sources"`       // cases with a listed pair
	Labels  int    `json:"labels"`        // listed pairs that could be found
	Gaps    int    `json:"gaps"`          // sources known to be gaps
	LeftOut int    `json:"left_out"`
	Targets int    `json:"targets"`
	// Metrics are by name, see Metrics; those that say nothing are not there.
	// They are of the strict view.
	Metrics map[string]float64 `json:"metrics"`
	// Views has the metrics of the other views that say something.
	Views        map[View]map[string]float64 `json:"views"`
	Slices       []SliceScore                `json:"slices"`
	Requirements []Requirement               `json:"requirements"`
	Spent        *Spent                      `json:"spent,omitempty"` // of a system that asks a model
}

// A SliceScore is what a system reached on part of the cases.
type SliceScore struct {
	By      string             `json:"by"`
	Name    string             `json:"name"`
	Sources int                `json:"sources"`
	Metrics map[string]float64 `json:"metrics"`
}

// A Requirement is what a system reached on one source that has a listed pair.
type Requirement struct {
	ID string `json:"id"`
	Ranking
	Pairs *Pairs `json:"pairs,omitempty"` // of a system that decides
}

// ScoreOf measures an observation in every way.
func ScoreOf(system string, o Observation) Score {
	strict := Strict.Through(o.Cases)
	s := Score{System: system, Digest: o.Digest, LeftOut: o.LeftOut, Targets: o.Targets, Metrics: Values(strict), Views: map[View]map[string]float64{},
		Slices: []SliceScore{}, Requirements: []Requirement{}}
	for _, c := range strict {
		s.Gaps += btoi(c.Gap)
		ranking, ok := c.Ranking()
		if !ok {
			continue
		}
		s.Sources++
		s.Labels += len(c.Gold())
		r := Requirement{ID: c.Source.ID, Ranking: ranking}
		if p, decides := c.Decided(); decides {
			r.Pairs = &p
		}
		s.Requirements = append(s.Requirements, r)
	}
	s.Views[Achievable] = Values(Achievable.Through(o.Cases))
	if hasPool(o.Cases) {
		s.Views[Pooled] = Values(Pooled.Through(o.Cases))
	}
	if hasNegatives(o.Cases) {
		s.Views[Condensed] = Values(Condensed.Through(o.Cases))
	}
	for _, by := range Slicings() {
		for _, slice := range SliceBy(by, strict) {
			s.Slices = append(s.Slices, SliceScore{by, slice.Name, sourcesOf(slice.Cases), Values(slice.Cases)})
		}
	}
	return s
}

func sourcesOf(cases []Case) int {
	n := 0
	for _, c := range cases {
		n += btoi(len(c.Gold()) > 0)
	}
	return n
}
