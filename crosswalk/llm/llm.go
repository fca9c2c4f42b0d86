// Package llm is the judge that asks a model.
//
// Candidates are judged by the block: the model sees a source and up to twenty
// candidates and says for each how the two relate, how likely an expert would
// list the pair, and which words show it. It can name no candidate that it was
// not shown, its quotes must stand in the texts, and a strong claim without
// them is taken down to a weak one. Texts and answers are data throughout.
package llm

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"concord/corpus"
	"concord/crosswalk"
	"concord/internal/ask"
)

// Ways to make a model answer in JSON.
const (
	JSONSchema = ask.JSONSchema
	JSONObject = ask.JSONObject
	Prompt     = ask.Prompt
)

// A Chatter asks a model. If it has a method Loopback() bool that returns true,
// it may see the text of frameworks that must stay on this machine.
type Chatter = ask.Chatter

// A Memory keeps what a model said.
type Memory = ask.Memory

// A Call is one answer of a model.
type Call = ask.Call

// ErrMaxCalls ends a run that has made as many calls as it may.
var ErrMaxCalls = ask.ErrMaxCalls

// Flags of verdicts that a person should look at.
const (
	FlagQuote         = "quote not found" // a quote is missing, or is not in the text
	FlagDemoted       = "demoted"         // a strong relation without two quotes became intersects_with
	FlagTwice         = "judged twice"    // of two judgements the less probable stands
	FlagContradiction = "contradiction"   // no relationship, yet said to be probable
)

// Options say how to judge. Model, Source and Target must be set.
type Options struct {
	Model      string
	Structured string // JSONSchema if empty
	Block      int    // candidates a call; 20 if zero
	Seed       int64  // of the order in which candidates are shown
	Attempt    int    // how often an unusable answer is asked for again, across runs
	MaxCalls   int    // calls that are made before [ErrMaxCalls]; no limit if zero. Remembered answers are no calls
	Memory     Memory // none if nil

	Source, Target *corpus.Framework // for names, for the titles above an element, and for Local
}

// A Judge asks a model. It is safe for concurrent use: the blocks of one
// source follow one another, several sources may be judged at a time. Use
// [New] to make one.
type Judge struct {
	model   *ask.Asker
	options Options
	prompt  string // hash
	rules   string // system message
}

// New returns a judge that asks through chat. It refuses a framework whose
// text must stay on this machine unless chat says that it leads nowhere else.
func New(chat Chatter, o Options) (*Judge, error) {
	if o.Source == nil || o.Target == nil {
		return nil, errors.New("the judge needs to know both frameworks")
	}
	if o.Block < 0 {
		return nil, errors.New("size of a block must not be negative")
	}
	o.Block = cmp.Or(o.Block, 20)
	local, _ := chat.(interface{ Loopback() bool })
	for _, f := range []*corpus.Framework{o.Source, o.Target} {
		if f.Local && (local == nil || !local.Loopback()) {
			return nil, fmt.Errorf("the text of %s must not leave this machine: judge it with a model on localhost, or with the local judge", f.Spec())
		}
	}
	rules, err := rules(o.Source, o.Target)
	if err != nil {
		return nil, err
	}
	model, err := ask.New(chat, ask.Options{
		Model: o.Model, Prompt: PromptSHA256(), Structured: o.Structured, Attempt: o.Attempt, MaxCalls: o.MaxCalls, Memory: o.Memory,
	})
	if err != nil {
		return nil, err
	}
	return &Judge{model: model, options: o, prompt: PromptSHA256(), rules: rules}, nil
}

// Calls returns how many calls were made. Remembered answers are none.
func (j *Judge) Calls() int { return j.model.Calls() }

// Judge returns a verdict on each candidate, in their order. For a generic cell
// the element above it is judged, which is one question for all such cells of
// that element, and quotes point into the text of that element. What concerns a
// block only, such as an answer that cannot be used, makes its candidates
// Failed. It is a [crosswalk.ErrUnavailable] if the endpoint could not be
// reached, or not made to answer, for now. Any other error means that the next
// block would fare no better: a refused key, a server that is not one,
// [ErrMaxCalls], a memory that does not keep, an ended context.
func (j *Judge) Judge(ctx context.Context, source corpus.Element, candidates []crosswalk.Candidate) ([]crosswalk.Verdict, error) {
	seen := make(map[string]bool, len(candidates))
	for _, c := range candidates {
		if c.Element.ID == "" || seen[c.Element.ID] {
			return nil, fmt.Errorf("judge %s: candidate %q is there twice or has no id", source.ID, c.Element.ID)
		}
		seen[c.Element.ID] = true
	}
	id := source.ID
	if source.Generic != "" {
		if above, ok := j.options.Source.Element(source.Parent); ok {
			source = above
		}
	}
	var all []crosswalk.Verdict
	for block := range slices.Chunk(candidates, j.options.Block) {
		targets := make([]corpus.Element, len(block))
		for i, c := range block {
			targets[i] = c.Element
		}
		verdicts, err := j.block(ctx, source, targets)
		if err != nil {
			return nil, fmt.Errorf("judge %s: %w", id, err)
		}
		all = append(all, verdicts...)
	}
	return all, nil
}

// block judges candidates that fit into one request.
func (j *Judge) block(ctx context.Context, source corpus.Element, targets []corpus.Element) ([]crosswalk.Verdict, error) {
	said, why, err := j.judgements(ctx, source, targets)
	if err != nil {
		return nil, err
	}
	verdicts := make([]crosswalk.Verdict, len(targets))
	for i, t := range targets {
		switch judgement, ok := said[t.ID]; {
		case why != "":
			verdicts[i] = j.failed(t.ID, why)
		case !ok:
			verdicts[i] = j.failed(t.ID, "the model left it out")
		default:
			verdicts[i] = j.verdict(source, t, judgement)
		}
	}
	return verdicts, nil
}

// judgements gets the model's judgements on a block, or the reason why there
// are none.
func (j *Judge) judgements(ctx context.Context, source corpus.Element, targets []corpus.Element) (said map[string]judgement, why string, err error) {
	targets = j.shuffled(source, targets)
	ids := make([]string, len(targets))
	for i, t := range targets {
		ids[i] = t.ID
	}
	schema, compiled, err := schemaFor(ids)
	if err != nil {
		return nil, "", err
	}
	question, err := questionFor(j.options.Source, j.options.Target, source, targets)
	if err != nil {
		return nil, "", err
	}
	why, err = j.model.Ask(ctx, ask.Question{
		System: j.rules, User: question, Name: "judgements", Schema: schema,
		Again: "Answer again, with all judgements, as one JSON object in the form asked for and nothing else.",
		Read: func(content string) (err error) {
			said, err = parse(content, compiled)
			return err
		},
	})
	if ask.Away(err) && ctx.Err() == nil {
		err = fmt.Errorf("%w: %w", crosswalk.ErrUnavailable, err)
	}
	return said, why, err
}

// shuffled returns the candidates in an order that depends on the seed and the
// ids alone, so that it tells nothing of their ranks, and a block that holds
// the same candidates is the same question.
func (j *Judge) shuffled(source corpus.Element, targets []corpus.Element) []corpus.Element {
	place := make(map[string][32]byte, len(targets))
	for _, t := range targets {
		place[t.ID] = sha256.Sum256([]byte(strconv.FormatInt(j.options.Seed, 10) + "\x00" + source.ID + "\x00" + t.ID))
	}
	return slices.SortedFunc(slices.Values(targets), func(a, b corpus.Element) int {
		x, y := place[a.ID], place[b.ID]
		return slices.Compare(x[:], y[:])
	})
}
