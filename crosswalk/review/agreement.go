package review

import (
	"fmt"
	"net/http"

	"concord/crosswalk"
	"concord/crosswalk/agreement"
)

// seed is that of the intervals, so that a page says the same each time.
const seed = 1

// agreement shows how far reviewers agree, and how far what they see leads them.
func (d *seat) agreement(*http.Request) (reply, error) {
	run := agreement.Run{Proposals: d.Draft.Proposals}
	run.Decisions = d.decisions()
	report := agreement.Measure([]agreement.Run{run}, seed)
	contrasts := report.Anchoring.Reviewers
	if len(contrasts) > 1 {
		contrasts = append(contrasts, report.Anchoring.All)
	}
	return view("agreement", struct {
		agreement.Report
		Contrasts []agreement.Contrast
	}{report, contrasts}), nil
}

// decisions returns all that were made, by time.
func (d *Desk) decisions() []crosswalk.Decision {
	var out []crosswalk.Decision
	for _, r := range d.rows {
		out = append(out, r.decisions...)
	}
	byTime(out)
	return out
}

// estimate writes a value with its interval, or why there is none.
func estimate(e agreement.Estimate) string {
	switch {
	case e.Value == nil:
		return "undefined: " + e.Undefined
	case e.Low == nil || e.High == nil:
		return fmt.Sprintf("%.2f", *e.Value)
	}
	return fmt.Sprintf("%.2f (%.2f to %.2f)", *e.Value, *e.Low, *e.High)
}

// seconds writes a duration that may not be known.
func seconds(s *float64) string {
	if s == nil {
		return "–"
	}
	return fmt.Sprintf("%.1f s", *s)
}
