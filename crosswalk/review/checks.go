package review

import (
	"fmt"
	"net/http"

	"concord/crosswalk/exchange/lint"
)

// A doubted is a kind of finding with those that were made.
type doubted struct {
	lint.Code
	Findings []doubt
	Hidden   int // findings about pairs that are still to be decided unseen
}

// A doubt is a finding with the pairs that it is about.
type doubt struct {
	Message string
	Links   []link
	More    int // pairs that are not shown
}

// shownPairs is how many pairs stand beside one finding.
const shownPairs = 6

// checks shows what is doubtful in the crosswalk as a whole.
func (d *seat) checks(*http.Request) (reply, error) {
	v := struct {
		Codes []doubted
		Clean bool
	}{}
	if d.Check == nil {
		return reply{}, &refusal{http.StatusNotFound, "This desk was opened without checks."}
	}
	findings, err := d.Check(d.decisions())
	if err != nil {
		return reply{}, fmt.Errorf("check the crosswalk: %w", err)
	}
	for _, code := range lint.Codes() {
		of := doubted{Code: code}
		for _, f := range findings {
			if f.Code != code.Name {
				continue
			}
			if x, visible := d.doubt(f); visible {
				of.Findings = append(of.Findings, x)
			} else {
				of.Hidden++
			}
		}
		if len(of.Findings)+of.Hidden > 0 {
			v.Codes = append(v.Codes, of)
		}
	}
	v.Clean = len(v.Codes) == 0
	return view("checks", v), nil
}

// doubt returns a finding as this reviewer may see it.
func (d *seat) doubt(f lint.Finding) (x doubt, visible bool) {
	x.Message = f.Message
	every := d.filter(queues()[0])
	every.State = stateAll
	for _, p := range f.Pairs {
		r := d.at[p.Proposal]
		if r == nil {
			continue
		}
		if d.blind(r) {
			return x, false
		}
		if len(x.Links) == shownPairs {
			x.More++
			continue
		}
		l := d.link(every, r, false)
		l.Text = r.source.ID + " → " + r.target.ID
		x.Links = append(x.Links, l)
	}
	return x, true
}
