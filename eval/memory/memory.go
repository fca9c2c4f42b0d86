// Package memory measures how much of a published crosswalk a model knows by
// heart.
//
// A model that has read a crosswalk in training does not show by its answers how
// well it judges. So it is asked without any text: given the names of the two
// frameworks and the id of a source, which ids of the target is it mapped to?
// What it names is held against the labels, and against a floor: as many
// guesses at the targets that the other sources are mapped to most often. What
// lies above that floor the model brought along, be it the crosswalk or the
// texts that it knows behind the ids.
//
// No text of an element leaves this machine, so frameworks that must stay here
// ([corpus.Framework] Local) can be probed with a hosted model too; their names
// and the ids of the mapped sources are sent.
package memory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"concord/corpus"
	"concord/internal/ask"
	"concord/internal/endpoint"
)

// longestInvented is how much is kept of an id that does not exist, in bytes.
const longestInvented = 80

// Options say whom to ask about what. Model, Source and Target must be set.
type Options struct {
	Model      string
	Structured string      // how answers are made JSON: see [ask.JSONSchema], which is the default
	Attempt    int         // how often an unusable answer is asked for again, across runs
	Budget     *ask.Budget // no limit if nil
	Workers    int         // questions at a time; 1 if zero
	Memory     ask.Memory  // keeps answers, so that none is paid for twice; none if nil

	Source, Target *corpus.Framework
}

// A Probe asks a model what it remembers. Use [New] to make one.
type Probe struct {
	asker   *ask.Asker
	options Options
}

// A Recollection is what a model named for one source.
type Recollection struct {
	Source   string   `json:"source"`
	Labels   []string `json:"labels"`   // target ids that the source is mapped to
	Named    []string `json:"named"`    // distinct ids of the target framework, canonical, in the model's order
	Invented []string `json:"invented"` // what it named that is no id there
	// Failed says why there is no usable answer; "" if there is one.
	Failed string `json:"failed,omitempty"`
}

// New returns a probe that asks through chat. Options that make no sense are an
// error.
func New(chat ask.Chatter, o Options) (*Probe, error) {
	if o.Source == nil || o.Target == nil {
		return nil, errors.New("the probe needs to know both frameworks")
	}
	if o.Workers < 0 {
		return nil, errors.New("number of workers must not be negative")
	}
	o.Workers = cmp.Or(o.Workers, 1)
	asker, err := ask.New(chat, ask.Options{
		Model: o.Model, Prompt: PromptSHA256(), Structured: o.Structured, Attempt: o.Attempt, Budget: o.Budget, Memory: o.Memory,
	})
	if err != nil {
		return nil, err
	}
	return &Probe{asker: asker, options: o}, nil
}

// Calls returns how many calls were made. Remembered answers are none.
func (p *Probe) Calls() int { return p.asker.Calls() }

// Run asks about every source of a label set once, and returns what the model
// named, in the order of the labels. An answer that cannot be used makes its
// source Failed. Any error ends the run: labels that do not fit the frameworks
// (see [corpus.LabelSet.Check]), an endpoint that is away or refuses,
// [ask.ErrSpent], a memory that does not keep, an ended context. The answers
// so far are remembered, and the next run goes on from there.
func (p *Probe) Run(ctx context.Context, set corpus.LabelSet) ([]Recollection, error) {
	out, err := p.labelled(set)
	if err != nil {
		return nil, err
	}
	var stopped atomic.Bool
	var group errgroup.Group
	group.SetLimit(p.options.Workers)
	for i := range out {
		group.Go(func() error {
			if stopped.Load() {
				return nil
			}
			// What is under way when another fails, or when the run is stopped, is
			// paid for: it goes on.
			err := ctx.Err()
			if err == nil {
				err = p.ask(context.WithoutCancel(ctx), &out[i])
			}
			if err != nil {
				stopped.Store(true)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}

// labelled returns the sources of a label set with their labels, as yet without
// an answer.
func (p *Probe) labelled(set corpus.LabelSet) ([]Recollection, error) {
	// A pair with a withdrawn element is as much a thing to remember.
	if _, err := set.Check(p.options.Source, p.options.Target); err != nil {
		return nil, err
	}
	var out []Recollection
	place := map[string]int{}
	for _, pair := range set.Pairs {
		at, there := place[pair.Source]
		if !there {
			at = len(out)
			place[pair.Source] = at
			out = append(out, Recollection{Source: pair.Source})
		}
		out[at].Labels = append(out[at].Labels, pair.Target)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("label set %s has no pair to ask about", set.Name)
	}
	return out, nil
}

// ask fills in what the model says of one source.
func (p *Probe) ask(ctx context.Context, r *Recollection) error {
	question, err := questionFor(p.options.Source, p.options.Target, r.Source)
	if err != nil {
		return err
	}
	r.Failed, err = p.asker.Ask(ctx, ask.Question{
		System: promptText, User: question, Name: "targets", Schema: []byte(schemaText),
		Again: "Answer again as one JSON object in the form asked for and nothing else.",
		Read: func(content string) error {
			targets, err := parse(content)
			if err != nil {
				return err
			}
			r.Named, r.Invented = p.resolve(targets)
			return nil
		},
	})
	if err != nil {
		return fmt.Errorf("ask about %s: %w", r.Source, err)
	}
	return nil
}

// resolve sorts what a model named into ids of the target, in their canonical
// spelling, and others, disarmed.
func (p *Probe) resolve(targets []string) (named, invented []string) {
	named, invented = []string{}, []string{} // JSON: a list, if an empty one
	seen := map[string]bool{}
	for _, printed := range targets {
		id, ok := p.lookUp(printed)
		if !ok {
			id = endpoint.Clip(strings.Map(func(r rune) rune {
				if corpus.Unprintable(r) {
					return -1
				}
				return r
			}, id), longestInvented)
		}
		switch {
		case id == "" || seen[id]:
		case ok:
			named = append(named, id)
		default:
			invented = append(invented, id)
		}
		seen[id] = true
	}
	return named, invented
}

// lookUp returns the canonical id that a model means, and whether the target
// framework has it. Models put the title behind the id, asked or not: the
// longest beginning that is an id counts.
func (p *Probe) lookUp(printed string) (id string, ok bool) {
	words := strings.Fields(strings.ToValidUTF8(printed, ""))
	words = words[:min(len(words), 100)]
	for n := len(words); n > 0; n-- {
		id := p.options.Target.Resolve(strings.TrimRight(strings.Join(words[:n], " "), ":;,. –—-"))
		if _, ok := p.options.Target.Element(id); ok {
			return id, true
		}
	}
	return p.options.Target.Resolve(strings.Join(words, " ")), false
}
