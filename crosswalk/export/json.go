package export

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"concord/corpus"
	"concord/crosswalk"
)

// Format names the shape of the JSON that [JSON] writes. A change that could
// break a reader changes the number.
const Format = "concord-draft/1"

// draft is the top level of the JSON, in the order in which it is written.
type draft struct {
	Format    string     `json:"format"`
	Draft     bool       `json:"draft"`
	Tool      tool       `json:"tool"`
	Run       string     `json:"run"`
	Started   string     `json:"started"` // RFC 3339, UTC
	Source    framework  `json:"source"`
	Target    framework  `json:"target"`
	Settings  []Setting  `json:"settings"`
	Threshold float64    `json:"threshold"`
	Summary   Summary    `json:"summary"`
	Gaps      gaps       `json:"gaps"`
	Sources   []source   `json:"sources"`
	Proposals []proposal `json:"proposals"`
}

type tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type framework struct {
	corpus.Framework
	Digest string `json:"digest"` // SHA-256 of all that a judgement can depend on
	Count  int    `json:"elements"`
}

type gaps struct {
	Sources []Gap `json:"sources"`
	Targets []Gap `json:"targets"`
}

type source struct {
	ID        string            `json:"id"`
	Title     string            `json:"title,omitempty"`
	Focus     string            `json:"focus_area,omitempty"`
	Priority  int               `json:"priority,omitempty"`
	Outcome   crosswalk.Outcome `json:"outcome"`
	Judged    int               `json:"judged"`
	NotJudged int               `json:"not_judged"`
	Missed    float64           `json:"expected_missed"`
	Failed    int               `json:"failed"`
}

type proposal struct {
	crosswalk.Proposal
	Sentence string `json:"sentence,omitempty"`
}

// JSON writes the whole document as one indented JSON object whose "format" is
// [Format]: tool, run, frameworks, settings, summary, gaps, a result per source
// element and every proposal with the fields of [crosswalk.Proposal]. Strings
// are verbatim; characters that act unseen are written as escapes. It fails if
// the document contradicts itself or w fails.
func JSON(w io.Writer, d *Document) error {
	if err := d.check(); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	s := d.Summary()
	out := draft{
		Format: Format, Draft: d.Draft, Tool: tool{d.Tool, d.Version}, Run: d.Run,
		Started: d.Started.UTC().Format(time.RFC3339),
		Source:  describe(d.Source), Target: describe(d.Target),
		Settings: d.Settings, Threshold: d.threshold(), Summary: s, Gaps: gaps{s.SourceGaps, s.TargetGaps},
	}
	for _, r := range d.rows() {
		e := r.element
		out.Sources = append(out.Sources, source{
			ID: e.ID, Title: e.Title, Focus: e.Focus, Priority: e.Priority, Outcome: r.outcome,
			Judged: r.result.Judged, NotJudged: r.result.NotJudged, Missed: math.Round(r.result.Missed*1000) / 1000, Failed: r.count(crosswalk.Failed),
		})
		for _, p := range r.proposals {
			out.Proposals = append(out.Proposals, proposal{p, sentence(p)})
		}
	}
	// Readers expect a list where there may be one, not null.
	out.Settings = append([]Setting{}, out.Settings...)
	out.Gaps.Sources = append([]Gap{}, out.Gaps.Sources...)
	out.Gaps.Targets = append([]Gap{}, out.Gaps.Targets...)
	out.Sources = append([]source{}, out.Sources...)
	out.Proposals = append([]proposal{}, out.Proposals...)

	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	if _, err := w.Write(append(escape(b), '\n')); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

func describe(f *corpus.Framework) framework {
	return framework{Framework: *f, Digest: f.Digest(), Count: len(f.Elements)}
}

// escape writes the hidden characters of marshalled JSON as \u escapes. They
// can only stand in strings, so the value stays the same.
func escape(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		switch {
		case !hidden(r):
			out = append(out, b[i:i+size]...)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		i += size
	}
	return out
}
