// Package llm is the judge that asks a model.
//
// Candidates are judged by the block: the model sees a source and up to twenty
// candidates and sorts them into related, unrelated and cannot tell; of the
// related it says how the two relate, how likely an expert would list the pair,
// and which words show it. Blocks are asked for as long as the last one promises
// that another is worth it. What the model claims is then held against the texts,
// against what it said itself is left over on either side, and, if it is a strong
// claim, against its own answer from the other side: it falls to a weaker claim
// wherever one of these does not bear it out. Texts and answers are data
// throughout.
package llm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

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

// A Convention shows how the people of a crosswalk use the relations, which is
// seldom as set theory has it.
type Convention interface {
	// Label names it and its version in proposals.
	Label() string
	// For returns what to show of it with a source and its candidates, as JSON:
	// an object with a summary and the decided pairs that are most like them.
	For(source corpus.Element, targets []corpus.Element) any
}

// Strict is what proposals name as their convention if there is none.
const Strict = "strict IR 8477"

// Options say how to judge. Models, Source and Target must be set.
type Options struct {
	// Models, no two of one name, are asked for a vote each, Samples times, every time with the
	// candidates in another order. The first one also confirms strong claims.
	Models  []string
	Samples int // 1 if zero

	Structured string // JSONSchema if empty
	Block      int    // candidates a call; 20 if zero
	Least      int    // blocks that are judged in any case; 2 if zero
	// Stop is how many links the last block must have been expected to hold for
	// another to be asked for: the sum of its probabilities. 0.6 if zero; below
	// zero all candidates are judged.
	Stop       float64
	Unasked    bool  // strong claims are not asked again from the other side
	Seed       int64 // of the order in which candidates are shown
	Attempt    int   // how often an unusable answer is asked for again, across runs
	Budget     *ask.Budget
	Memory     Memory     // none if nil
	Convention Convention // strict set theory if nil

	Source, Target *corpus.Framework // for names, for the titles above an element, and for Local
}

// A Judge asks models. It is safe for concurrent use: the blocks of one source
// follow one another, several sources may be judged at a time. Use [New] to
// make one.
type Judge struct {
	voters  []voter
	options Options
	common  crosswalk.Verdict // what all verdicts have in common

	strangeSources, strangeTargets map[string]bool // by id

	rules, confirmRules string // system messages
}

// A voter is a model asked in one order.
type voter struct {
	*ask.Asker
	sample int   // from 0, among those of the model
	seed   int64 // of the order
	listed bool  // the candidates are known to be related
}

// New returns a judge that asks through chat. It refuses a framework whose
// text must stay on this machine unless chat says that it leads nowhere else.
func New(chat Chatter, o Options) (*Judge, error) {
	if o.Source == nil || o.Target == nil {
		return nil, errors.New("the judge needs to know both frameworks")
	}
	if o.Block < 0 || o.Least < 0 || o.Samples < 0 {
		return nil, errors.New("size and number of blocks and number of samples must not be negative")
	}
	if len(o.Models) == 0 {
		return nil, errors.New("no model named to ask")
	}
	for i, model := range o.Models {
		if slices.Contains(o.Models[:i], model) {
			return nil, fmt.Errorf("%s is named twice, and its one answer would agree with itself: ask for several samples instead", model)
		}
	}
	o.Block, o.Least, o.Samples, o.Stop = cmp.Or(o.Block, 20), cmp.Or(o.Least, 2), cmp.Or(o.Samples, 1), cmp.Or(o.Stop, defaultStop)
	local, _ := chat.(interface{ Loopback() bool })
	for _, f := range []*corpus.Framework{o.Source, o.Target} {
		if f.Local && (local == nil || !local.Loopback()) {
			return nil, fmt.Errorf("the text of %s must not leave this machine: judge it with a model on localhost, or with the local judge", f.Spec())
		}
	}
	j := &Judge{options: o, strangeSources: strangeOf(o.Source), strangeTargets: strangeOf(o.Target)}
	j.common = crosswalk.Verdict{Strength: -1, Origin: crosswalk.OriginLLM, Model: strings.Join(o.Models, " + "), Prompt: PromptSHA256(), Convention: Strict}
	if o.Convention != nil {
		j.common.Convention = o.Convention.Label()
	}
	var err error
	if j.rules, err = j.system("judge-2"); err != nil {
		return nil, err
	}
	if j.confirmRules, err = j.system("confirm-2"); err != nil {
		return nil, err
	}
	for _, model := range o.Models {
		asker, err := ask.New(chat, ask.Options{
			Model: model, Prompt: j.common.Prompt, Structured: o.Structured, Attempt: o.Attempt, Budget: o.Budget, Memory: o.Memory,
		})
		if err != nil {
			return nil, err
		}
		for sample := range o.Samples {
			j.voters = append(j.voters, voter{Asker: asker, sample: sample, seed: o.Seed + int64(sample)})
		}
	}
	return j, nil
}

// defaultStop is what a block must promise for the next one to be asked for. A
// careful reader gives a hundredth or two to what is not related, so that a block
// without any link sums up to 0.2 to 0.4. Of the second blocks that one gave less
// than 0.7, none of fifteen held a link of the official list; above, six of nine
// did (24 outcomes of CSF 1.1 against SP 800-53).
const defaultStop = 0.6

// Calls returns how many calls were made. Remembered answers are none.
func (j *Judge) Calls() int {
	n := 0
	for i, v := range j.voters {
		if i%j.options.Samples == 0 { // the samples of a model share an asker
			n += v.Calls()
		}
	}
	return n
}

// Judge returns a verdict on each candidate, in their order: those of the blocks
// that were not asked for are NotJudged. For a generic cell the element above it
// is judged, which is one question for all such cells of that element, and quotes
// point into the text of that element. What concerns a block only, such as an
// answer that cannot be used, makes its candidates Failed. It is a
// [crosswalk.ErrUnavailable] if the endpoint could not be reached, or not made to
// answer, for now, and a [crosswalk.ErrPending] if the questions were put down
// for somebody to answer. Any other error means that the next block would fare
// no better: a refused key, a server that is not one, a budget that is spent, a
// memory that does not keep, an ended context.
func (j *Judge) Judge(ctx context.Context, source corpus.Element, candidates []crosswalk.Candidate) ([]crosswalk.Verdict, error) {
	seen := make(map[string]bool, len(candidates))
	for _, c := range candidates {
		if c.Element.ID == "" || seen[c.Element.ID] {
			return nil, fmt.Errorf("candidate %q is there twice or has no id", c.Element.ID)
		}
		seen[c.Element.ID] = true
	}
	targets := elements(candidates)
	if source.Generic != "" {
		if above, ok := j.options.Source.Element(source.Parent); ok {
			source = above
		}
	}
	cast := map[string]int{}
	verdicts, err := j.blocks(ctx, source, targets, cast)
	if err == nil && !j.options.Unasked {
		err = j.confirm(ctx, source, targets, verdicts, cast)
	}
	if err != nil {
		return nil, err
	}
	return verdicts, nil
}

// blocks judges block after block, until one promises too little for another, and
// counts the votes that were cast on each target. Blocks that are asked for in any
// case are put down together if nobody answers at once.
func (j *Judge) blocks(ctx context.Context, source corpus.Element, targets []corpus.Element, cast map[string]int) ([]crosswalk.Verdict, error) {
	verdicts := make([]crosswalk.Verdict, 0, len(targets))
	var pending error
	expected := 0.0 // links in the last block
	blocks := slices.Collect(slices.Chunk(targets, j.options.Block))
	for n, block := range blocks {
		if n >= j.options.Least && (pending != nil || expected < j.options.Stop) {
			break
		}
		judged, err := j.block(ctx, source, block, cast)
		if errors.Is(err, crosswalk.ErrPending) {
			pending = err
			continue
		}
		if err != nil {
			return nil, err
		}
		// A block without a usable answer says nothing of the next.
		if sum, answered := yield(judged); answered {
			expected = sum
		}
		verdicts = append(verdicts, judged...)
	}
	if pending != nil {
		return nil, pending
	}
	for _, t := range targets[len(verdicts):] {
		v := j.common
		v.Target, v.Outcome = t.ID, crosswalk.NotJudged
		verdicts = append(verdicts, v)
	}
	return verdicts, nil
}

// yield returns how many links a block is expected to hold, and whether it was
// answered at all.
func yield(judged []crosswalk.Verdict) (sum float64, answered bool) {
	for _, v := range judged {
		sum += v.Probability
		answered = answered || v.Outcome == crosswalk.Mapped || v.Outcome == crosswalk.Unrelated
	}
	return sum, answered
}

// block judges candidates that fit into one request.
func (j *Judge) block(ctx context.Context, source corpus.Element, targets []corpus.Element, cast map[string]int) ([]crosswalk.Verdict, error) {
	votes, why, err := j.votes(ctx, source, targets)
	if err != nil {
		return nil, err
	}
	verdicts := make([]crosswalk.Verdict, len(targets))
	for i, t := range targets {
		cast[t.ID] = len(votes[t.ID])
		if len(votes[t.ID]) == 0 {
			verdicts[i] = j.failed(source, t, cmp.Or(why, "the model left it out"))
		} else {
			verdicts[i] = j.verdict(source, t, votes[t.ID])
		}
	}
	return verdicts, nil
}

// votes asks every voter about a block, and returns the judgements of each
// candidate in their order, and why some are missing.
func (j *Judge) votes(ctx context.Context, source corpus.Element, targets []corpus.Element) (votes map[string][]judgement, why string, err error) {
	votes = map[string][]judgement{}
	var pending error
	for _, v := range j.voters {
		said, reason, err := j.judgements(ctx, v, source, targets)
		if errors.Is(err, crosswalk.ErrPending) {
			pending = err
			continue
		}
		if err != nil {
			return nil, "", err
		}
		why = cmp.Or(why, reason)
		for id, judgement := range said {
			votes[id] = append(votes[id], judgement)
		}
	}
	return votes, why, pending
}

// judgements gets one voter's judgements on a block, and the reason why some or
// all are missing.
func (j *Judge) judgements(ctx context.Context, v voter, source corpus.Element, targets []corpus.Element) (said map[string]judgement, why string, err error) {
	said = map[string]judgement{}
	var pending error
	for _, together := range j.apart(source, targets) {
		some, reason, err := j.ask(ctx, v, source, together)
		if errors.Is(err, crosswalk.ErrPending) {
			pending = err
			continue
		}
		if err != nil {
			return nil, "", err
		}
		why = cmp.Or(why, reason)
		maps.Copy(said, some)
	}
	return said, why, pending
}

// ask puts one question to a voter.
func (j *Judge) ask(ctx context.Context, v voter, source corpus.Element, targets []corpus.Element) (said map[string]judgement, why string, err error) {
	question, err := j.blockQuestion(v, source, targets)
	if err != nil {
		return nil, "", err
	}
	question.Read = func(content string) error {
		read, err := parse(content, question.compiled, targets)
		if len(read) >= len(said) { // a repair may be worse than what it should repair
			said = read
		}
		return err
	}
	why, err = v.Ask(ctx, question.Question)
	return said, why, unavailable(ctx, err)
}

// blockQuestion lays out a voter's question about a block.
func (j *Judge) blockQuestion(v voter, source corpus.Element, targets []corpus.Element) (question, error) {
	targets = shuffled(v.seed, source, targets)
	q, err := j.question(judgeSchema, targets, task{
		TargetFramework: nameOf(j.options.Target), SourceFramework: nameOf(j.options.Source),
		Convention: j.custom(source, targets),
		Candidates: j.targets(targets), Source: j.source(source), Listed: v.listed,
	})
	q.System, q.Name, q.Sample = j.rules, "judgements", v.sample
	return q, err
}

// unavailable tells an endpoint that is away for now, and a question that was
// put down, from what would meet every other question too.
func unavailable(ctx context.Context, err error) error {
	switch {
	case ask.Pending(err):
		return fmt.Errorf("%w: %w", crosswalk.ErrPending, err)
	case ask.Away(err) && ctx.Err() == nil:
		return fmt.Errorf("%w: %w", crosswalk.ErrUnavailable, err)
	}
	return err
}

// Type returns how a source relates to targets that are known to be related to
// it, by id, as the first voter sees it and the convention has it; none for a
// target of which there is no usable answer, and no_relationship where the model
// does not see what is known.
func (j *Judge) Type(ctx context.Context, source corpus.Element, targets []corpus.Element) (map[string]crosswalk.Relation, error) {
	out := map[string]crosswalk.Relation{}
	first := j.voters[0]
	first.listed = true
	for block := range slices.Chunk(targets, j.options.Block) {
		said, _, err := j.judgements(ctx, first, source, block)
		if err != nil {
			return nil, fmt.Errorf("type %s: %w", source.ID, err)
		}
		for id, s := range said {
			if !s.unsure {
				out[id] = s.Relation
			}
		}
	}
	return out, nil
}
