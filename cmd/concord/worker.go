package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/fleet"
	"concord/crosswalk/ledger"
	"concord/internal/ask"
	"concord/internal/endpoint"
	"concord/internal/outage"
)

func newWorker() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Judge what others have enqueued, beside any number of workers",
		Long: `Judge what others have enqueued, beside any number of workers.

"concord draft --enqueue" leaves a draft to the workers at the same ledger, which
has to be in PostgreSQL. A worker asks with its own settings: a run that it would
make another one of, by its model, its prompts or its version, it leaves to
others, and says so. What a run has from flags, it takes from the run.

Ctrl-C waits for the answers under way, and gives back what is left. A worker may
be killed at any moment: nothing that was answered is asked again. While the
server of the ledger is away it keeps what is answered, and waits.`,
		Example: "  CONCORD_LEDGER=postgres://ada@db.example/concord concord worker --concurrency 16",
		Args:    cobra.NoArgs,
		RunE:    runWorker,
	}
	cmd.Flags().Int("concurrency", 8, "source elements judged at once, of each run, with one question each at a time")
	cmd.Flags().Duration("rescue-after", 10*time.Second, "how long a job may be without its worker, which was killed or is cut off, before it goes to another worker")
	cmd.Flags().Duration("patience", 10*time.Minute, "how long to wait for the server of the ledger while it is away")
	cmd.Flags().Bool("drain", false, "end when no job is left that this worker would take")
	cmd.Flags().StringSlice("precedents", nil, "the files that a run was enqueued with")
	spendingFlags(cmd)
	return cmd
}

func runWorker(cmd *cobra.Command, _ []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	concurrency, _ := cmd.Flags().GetInt("concurrency")
	rescue, _ := cmd.Flags().GetDuration("rescue-after")
	drain, _ := cmd.Flags().GetBool("drain")
	most, _ := cmd.Flags().GetDuration("patience")
	if concurrency < 1 || concurrency > 1000 {
		return usage(fmt.Errorf("--concurrency %d: want 1 to 1000", concurrency))
	}
	if rescue < time.Second {
		return usage(fmt.Errorf("--rescue-after %v: want a second or more", rescue))
	}
	if most < 0 {
		return usage(fmt.Errorf("--patience %v: want 0 or more", most))
	}
	book, queue, err := e.openQueue(ctx)
	if err != nil {
		return err
	}
	defer book.Close()
	defer queue.Close()
	defer e.sayWaiting(ctx)()
	say := e.speaker()
	patience := &outage.Patience{Most: most, Say: say}
	e.persist = func(do func() error) error { return patience.Do(ctx, do) }
	e.quota = e.quotaIn(queue, patience)
	hands := &hands{engine: e, book: book}
	hands.precedents, _ = cmd.Flags().GetStringSlice("precedents")
	say("waiting for jobs")
	return queue.Work(ctx, fleet.Worker{
		Ledger: book, Unfinished: book.Unfinished, Take: hands.take, Say: say, Now: time.Now,
		Concurrency: concurrency, Rescue: rescue, Patience: patience, Backoff: time.Second, Drain: drain,
	})
}

// openQueue opens the ledger, which must be in PostgreSQL, and the queue beside it.
func (e *engine) openQueue(ctx context.Context) (*ledger.Ledger, *fleet.Fleet, error) {
	if !ledger.IsURL(e.ledgerAt()) {
		return nil, nil, usage(errors.New("workers share a ledger in PostgreSQL, and that of these settings is a file: set ledger in config.yaml, or CONCORD_LEDGER, to postgres://USER@HOST/DATABASE"))
	}
	book, err := ledger.Open(ctx, e.ledgerAt())
	if err != nil {
		return nil, nil, err
	}
	queue, err := fleet.Open(ctx, e.ledgerAt(), slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		book.Close()
		return nil, nil, err
	}
	return book, queue, nil
}

// quotaIn is what the endpoint of the settings allows to all workers together. Its
// name in the queue tells it from another one of the same host, and no path: people
// paste keys there.
func (e *engine) quotaIn(queue *fleet.Fleet, patience *outage.Patience) endpoint.Quota {
	s := e.settings.Endpoint
	host, path := "no endpoint", ""
	if at, err := url.Parse(strings.TrimSpace(s.URL)); err == nil && at.Host != "" {
		host, path = strings.ToLower(at.Host), strings.TrimRight(at.Path, "/")
	}
	return queue.Pace(fmt.Sprintf("%s %.4x", host, sha256.Sum256([]byte(path))), s.RequestsPerMinute, s.TokensPerMinute, patience)
}

// speaker returns what says a line at a time, from any goroutine.
func (e *engine) speaker() func(string) {
	var one sync.Mutex
	return func(line string) {
		one.Lock()
		defer one.Unlock()
		fmt.Fprintln(e.stderr, oneLine(line))
	}
}

// hands make of a run that somebody has enqueued what this process can judge.
type hands struct {
	*engine
	book       *ledger.Ledger
	precedents []string
}

// take returns what drafts a run here, or why it is none of this process.
func (h *hands) take(ctx context.Context, id string) (_ fleet.Drafting, why string, err error) {
	defer func() { err = ofWorker(err) }()
	run, err := h.book.Run(ctx, id)
	if err != nil {
		return nil, "", err
	}
	var s runSettings
	if err := json.Unmarshal(run.Settings, &s); err != nil {
		return nil, fmt.Sprintf("its settings cannot be read here: %v", err), nil // another version wrote them
	}
	if s.Purpose != "" {
		return nil, "it is no draft but for " + s.Purpose, nil
	}
	d, err := h.drafting(ctx, run, s)
	if errors.Is(err, ledger.ErrNoFramework) {
		return nil, err.Error(), nil
	}
	if err != nil {
		return nil, "", err
	}
	p, err := d.plan(ctx)
	if coded := (*codedError)(nil); errors.As(err, &coded) {
		return nil, err.Error(), nil // these settings make no such run
	}
	if err != nil {
		return nil, "", err
	}
	if p.run.ID != run.ID {
		return nil, fmt.Sprintf("here it would be another one, by its %s", differing(run.Settings, p.run.Settings)), nil
	}
	if p.panel.ready != nil {
		if err := p.panel.ready(ctx); err != nil {
			return nil, "", err
		}
	}
	ranker, err := d.ranker(ctx, p.space, d.kinds, p.votes)
	if err != nil {
		return nil, "", err
	}
	drafter, err := d.drafter(ctx, p, ranker, h.book)
	if err != nil {
		return nil, "", err
	}
	one := &inTurn{retriever: drafter.Retriever, judge: drafter.Judge}
	drafter.Retriever = one
	if s.Judge == "local" {
		drafter.Judge = one
	}
	return &share{drafter, run.ID, d.sources}, "", nil
}

// drafting is how the run was drafted, as far as flags say it. The rest is that
// of the settings here.
func (h *hands) drafting(ctx context.Context, run ledger.Run, s runSettings) (*drafting, error) {
	e := *h.engine
	e.settings.Judge, e.settings.Depth = s.Judge, s.Depth
	if s.Judging != nil {
		e.settings.Judging.Convention = s.Judging.Convention
	}
	d := &drafting{engine: &e, kinds: s.Kinds, without: len(s.Precedents) == 0, precedents: h.precedents, attempt: s.Attempt}
	for _, side := range []struct {
		f **corpus.Framework
		ledger.Document
	}{{&d.source, run.Source}, {&d.target, run.Target}} {
		f, err := h.book.Framework(ctx, side.Digest)
		if err != nil {
			return nil, err
		}
		describe(f, side.Document)
		*side.f = f
	}
	d.sources = d.source.Mappable()
	if s.Generic {
		d.sources = inDocumentOrder(d.source, append(d.sources, d.source.Generic()...))
	}
	return d, nil
}

// differing names the settings in which two runs are not the same.
func differing(a, b json.RawMessage) string {
	var was, is map[string]json.RawMessage
	if json.Unmarshal(a, &was) != nil || json.Unmarshal(b, &is) != nil {
		return "settings"
	}
	var keys []string
	for key, value := range was {
		if string(is[key]) != string(value) {
			keys = append(keys, key)
		}
	}
	for key := range is {
		if _, both := was[key]; !both {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return "texts"
	}
	slices.Sort(keys)
	return strings.Join(keys, ", ")
}

// A share is what one process does of a run.
type share struct {
	drafter crosswalk.Drafter
	run     string
	sources []corpus.Element
}

func (s *share) Sources() []string {
	var ids []string
	for _, e := range s.sources {
		ids = append(ids, e.ID)
	}
	return ids
}

func (s *share) Result(ctx context.Context, source string) (crosswalk.Result, error) {
	result, err := s.by(ctx, s.drafter, source)
	return result, ofWorker(err)
}

// ofWorker says of an error what it means for a worker. That of an endpoint ends
// here: below, an address that nobody answers at looks like the server of the ledger.
func ofWorker(err error) error {
	var refused *endpoint.Error
	switch {
	case errors.Is(err, crosswalk.ErrUnavailable):
		return err
	case errors.As(err, &refused) && refused.Temporary():
		return fmt.Errorf("%w: %v", crosswalk.ErrUnavailable, err)
	case refused != nil, errors.Is(err, ask.ErrSpent):
		return fmt.Errorf("%w: %v", fleet.ErrUnfit, err)
	}
	return err
}

func (s *share) GiveUp(ctx context.Context, source, why string) (crosswalk.Result, error) {
	d := s.drafter
	d.Judge = givenUp(why)
	return s.by(ctx, d, source)
}

func (s *share) by(ctx context.Context, d crosswalk.Drafter, source string) (crosswalk.Result, error) {
	element, ok := d.Source.Element(source)
	if !ok {
		return crosswalk.Result{}, fmt.Errorf("%s has no element %q", d.Source.Spec(), source)
	}
	return d.Result(ctx, s.run, element)
}

// givenUp judges nothing, and says why.
type givenUp string

func (why givenUp) Judge(_ context.Context, _ corpus.Element, candidates []crosswalk.Candidate) ([]crosswalk.Verdict, error) {
	verdicts := make([]crosswalk.Verdict, len(candidates))
	for i, c := range candidates {
		verdicts[i] = crosswalk.Verdict{Target: c.Element.ID, Outcome: crosswalk.Failed, Rationale: string(why), Strength: -1}
	}
	return verdicts, nil
}

// inTurn lets one goroutine at a time ask a retriever and a judge that are for one.
type inTurn struct {
	mu        sync.Mutex
	retriever crosswalk.Retriever
	judge     crosswalk.Judge
}

func (r *inTurn) Retrieve(ctx context.Context, source corpus.Element, depth int) ([]crosswalk.Candidate, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.retriever.Retrieve(ctx, source, depth)
}

func (r *inTurn) Judge(ctx context.Context, source corpus.Element, candidates []crosswalk.Candidate) ([]crosswalk.Verdict, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.judge.Judge(ctx, source, candidates)
}
