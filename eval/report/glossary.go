package report

import "concord/eval"

// A term is a figure with what it means, in a sentence; docs/metrics.md defines
// them all with their sources.
type term struct {
	Metric, Title, Better, Means string
}

// glossary returns a term for each metric, in their order.
func glossary() []term {
	means := map[string]string{
		"top1":              "Share of the sources whose first target is listed.",
		"mrr5":              "One over the rank of the first listed target, none beyond rank 5; mean over sources.",
		"map":               "Mean over the listed targets of the precision at the rank of each; mean over sources.",
		"ndcg10":            "Gain of the first ten targets, less for lower ranks, over that of the best ranking.",
		"r20":               "Share of the listed targets among the first 20.",
		"r50":               "Share of the listed targets among the first 50.",
		"unjudged10":        "Share of the first ten targets of which nobody has said whether they are right. High values say that the other figures are guesses.",
		"precision":         "Share of the proposed pairs that are listed.",
		"recall":            "Share of the listed pairs that are proposed. One that was no candidate is missed.",
		"f1":                "Harmonic mean of precision and recall.",
		"pr_area":           "Area under precision over recall, over all thresholds.",
		"gap_precision":     "Of the sources to which the system maps nothing, the share that the expert calls gaps.",
		"gap_recall":        "Of the sources that the expert calls gaps, the share to which the system maps nothing.",
		"gap_f1":            "Harmonic mean of gap precision and gap recall.",
		"relation_accuracy": "Of the pairs that both sides relate, the share with the same relation.",
		"relation_macro_f1": "Mean of F1 over the relations that the expert used: a rare one counts as much as a common one.",
		"relation_credit":   "Mean share of what either relation asserts that both assert; 1 for the same relation.",
		"overclaim":         "Of what the mapped pairs assert, the share by harm that is false.",
		"wrong_direction":   "Pairs that are subset_of to one side and superset_of to the other.",
		"strength_error":    "Mean absolute difference of the strengths, 0 to 10 steps.",
		"strength_rho":      "Rank correlation of the strengths.",
		"ece":               "Expected calibration error: how far the probability is from the share listed, over ten bins of equal mass.",
		"brier":             "Mean squared error of the probability.",
		"risk_area":         "Area under the risk-coverage curve: the share not listed among the most probable proposals, over how many a reader takes.",
		"failed":            "Share of the judged candidates for which the answer was unusable.",
	}
	var list []term
	for _, m := range eval.Metrics() {
		if text, ok := means[m.Name]; ok {
			list = append(list, term{m.Name, m.Title, better(m), text})
		}
	}
	return list
}
