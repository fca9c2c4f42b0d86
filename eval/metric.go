package eval

import "concord/crosswalk"

// A Metric measures cases. All are defined, each with its source, in
// docs/metrics.md.
type Metric struct {
	Name  string // as in files: "mrr5"
	Title string // as in tables: "MRR@5"
	About string // what it is of: Ranking, Deciding, Typing, Trusting or Running
	Fewer bool   // lower is better
	// Unit is "" for a number from 0 to 1, else what is counted.
	Unit string
	// Of returns the value on cases, or false if they do not say: no system
	// decided, no expert typed.
	Of func([]Case) (float64, bool)
}

// What metrics are about.
const (
	AboutRanking  = "ranking"  // the order of the targets
	AboutDeciding = "deciding" // which pairs are proposed
	AboutTyping   = "typing"   // which relation and strength
	AboutTrusting = "trusting" // what a probability is worth
	AboutRunning  = "running"  // what it took
)

// Metrics returns all metrics in the order in which they are shown.
func Metrics() []Metric {
	list := []Metric{
		{Name: "top1", Title: "Top-1", Of: meanOf(func(r Ranking) float64 { return r.Top1 })},
		{Name: "mrr5", Title: "MRR@5", Of: meanOf(func(r Ranking) float64 { return r.MRR5 })},
		{Name: "map", Title: "MAP", Of: meanOf(func(r Ranking) float64 { return r.MAP })},
		{Name: "ndcg10", Title: "nDCG@10", Of: meanOf(func(r Ranking) float64 { return r.NDCG10 })},
		{Name: "r20", Title: "R@20", Of: meanOf(func(r Ranking) float64 { return r.R20 })},
		{Name: "r50", Title: "R@50", Of: meanOf(func(r Ranking) float64 { return r.R50 })},
		{Name: "unjudged10", Title: "unjudged@10", Fewer: true, Of: unjudgedAt(10)},

		{About: AboutDeciding, Name: "precision", Title: "precision", Of: ofPairs(Pairs.Precision)},
		{About: AboutDeciding, Name: "recall", Title: "recall", Of: ofPairs(Pairs.Recall)},
		{About: AboutDeciding, Name: "f1", Title: "F1", Of: ofPairs(Pairs.F1)},
		{About: AboutDeciding, Name: "pr_area", Title: "PR area", Of: areaUnderPR},
		{About: AboutDeciding, Name: "gap_precision", Title: "gap precision", Of: ofGaps(Pairs.Precision)},
		{About: AboutDeciding, Name: "gap_recall", Title: "gap recall", Of: ofGaps(Pairs.Recall)},
		{About: AboutDeciding, Name: "gap_f1", Title: "gap F1", Of: ofGaps(Pairs.F1)},

		{About: AboutTyping, Name: "relation_accuracy", Title: "relation right", Of: relationAccuracy},
		{About: AboutTyping, Name: "relation_macro_f1", Title: "relation macro-F1", Of: relationMacroF1},
		{About: AboutTyping, Name: "relation_credit", Title: "relation credit", Of: relationCredit},
		{About: AboutTyping, Name: "overclaim", Title: "over-claim", Fewer: true, Of: overclaim},
		{About: AboutTyping, Name: "wrong_direction", Title: "wrong direction", Fewer: true, Unit: "pairs", Of: wrongDirection},
		{About: AboutTyping, Name: "strength_error", Title: "strength error", Fewer: true, Unit: "steps", Of: strengthError},
		{About: AboutTyping, Name: "strength_rho", Title: "strength rho", Unit: "-1 to 1", Of: strengthCorrelation},

		{About: AboutTrusting, Name: "ece", Title: "ECE", Fewer: true, Of: calibrationError},
		{About: AboutTrusting, Name: "brier", Title: "Brier", Fewer: true, Of: brier},
		{About: AboutTrusting, Name: "risk_area", Title: "risk area", Fewer: true, Of: areaUnderRisk},

		{About: AboutRunning, Name: "failed", Title: "failed", Fewer: true, Of: failedShare},
	}
	for i := range list {
		if list[i].About == "" {
			list[i].About = AboutRanking
		}
	}
	return list
}

// MetricByName returns a metric, or false if there is none of that name.
func MetricByName(name string) (Metric, bool) {
	for _, m := range Metrics() {
		if m.Name == name {
			return m, true
		}
	}
	return Metric{}, false
}

// Values returns what cases measure by the names of the metrics that say
// something of them.
func Values(cases []Case) map[string]float64 {
	values := map[string]float64{}
	for _, m := range Metrics() {
		if v, ok := m.Of(cases); ok {
			values[m.Name] = v
		}
	}
	return values
}

// failedShare is the share of the judged candidates for which the answer was
// unusable.
func failedShare(cases []Case) (float64, bool) {
	all, failed := 0, 0
	for _, c := range cases {
		for _, d := range c.Decisions {
			all++
			if d.Outcome == crosswalk.Failed {
				failed++
			}
		}
	}
	return share(failed, all), all > 0
}
