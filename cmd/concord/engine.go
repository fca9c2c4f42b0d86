package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/corpus/builtin"
	"concord/corpus/source"
	"concord/crosswalk/calibration"
	"concord/crosswalk/candidate"
	"concord/crosswalk/judge"
	"concord/crosswalk/ledger"
	"concord/embed"
	"concord/embed/local"
	"concord/embed/remote"
	"concord/embed/vectors"
	"concord/internal/ask"
	"concord/internal/batch"
	"concord/internal/endpoint"
)

// An engine has what every command works with: settings and where things lie.
type engine struct {
	settings settings
	library  source.Library
	pairs    map[string]string // headers of published lists
	stderr   io.Writer
	budget   *ask.Budget                      // of the command, however many frameworks it has judged
	weights  *candidate.Weights               // instead of those of the settings; nil for these
	mute     bool                             // no question is put to anybody: all answers are remembered
	quota    endpoint.Quota                   // of the endpoint, where other processes ask it too; nil for the limits of the settings
	desk     *batch.Desk                      // takes questions down in place of the endpoint; nil for none
	context  *float64                         // weight of what stands above a source, instead of [embed.Context]; nil for that
	tested   map[string]bool                  // sources under test, by id: no convention may show what was decided on them
	family   string                           // under test: nothing learned from it is used; "" for none
	persist  persistence                      // of answers, in the ledger
	dial     func() (*endpoint.Client, error) // makes the client, or returns the one that was made
}

func newEngine(cmd *cobra.Command) (*engine, error) {
	s, err := loadSettings(cmd)
	if err != nil {
		return nil, err
	}
	columns, pairs, err := columnsOf(cmd)
	if err != nil {
		return nil, err
	}
	e := &engine{
		settings: s,
		library: source.Library{
			Dir:      filepath.Join(s.Workspace, "corpora"),
			MaxBytes: int64(s.MaxFileMB) << 20,
			Columns:  columns,
		},
		pairs:  pairs,
		stderr: cmd.ErrOrStderr(),
		budget: s.budget(),
	}
	e.dial = sync.OnceValues(e.connect)
	return e, nil
}

// open finds a framework. A name that is not known, or a file that is not
// there or not readable as a framework, is a wrong use of the program.
func (e *engine) open(spec string) (*corpus.Framework, error) {
	f, err := e.library.Open(spec)
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) && pathErr.Path == e.library.Dir {
		return nil, err // it is the workspace that cannot be read
	}
	if err != nil {
		return nil, usage(err)
	}
	if editions, err := e.library.Editions(spec); err == nil && len(editions) > 1 && editions[0].Edition != editions[1].Edition {
		others := make([]string, 0, len(editions)-1)
		for _, other := range editions[1:] {
			others = append(others, other.Edition)
		}
		fmt.Fprintf(e.stderr, "%s is %s, the newest; there is also %s\n", printable(spec), printable(f.Spec()), printable(strings.Join(others, ", ")))
	}
	return f, nil
}

// both opens two frameworks.
func (e *engine) both(one, other string) (a, b *corpus.Framework, err error) {
	if a, err = e.open(one); err == nil {
		b, err = e.open(other)
	}
	return a, b, err
}

// pair opens the two sides of a crosswalk.
func (e *engine) pair(from, to string) (source, target *corpus.Framework, err error) {
	if source, target, err = e.both(from, to); err != nil {
		return nil, nil, err
	}
	sameText := source.SHA256 != "" && source.SHA256 == target.SHA256
	if source.Spec() == target.Spec() && !sameText && strings.ContainsAny(from+to, `/\.`) {
		target.Name += "-2" // two tables of one name
	}
	if source.Spec() == target.Spec() || sameText {
		return nil, nil, usage(fmt.Errorf("%s and %s are the same framework: a crosswalk needs two", from, to))
	}
	if len(source.Mappable()) == 0 {
		return nil, nil, usage(fmt.Errorf("%s has no element to map from", source.Spec()))
	}
	return source, target, nil
}

// A space is where two frameworks can be compared: what is embedded of each,
// and by what.
type space struct {
	source, target   *corpus.Framework
	sources, targets []embed.Document
	embedders        embedders
}

// space describes both sides. It embeds nothing yet.
func (e *engine) space(source, target *corpus.Framework) (space, error) {
	s := space{source: source, target: target, targets: embed.DescribeTargets(target)}
	context := embed.Context
	if e.context != nil {
		context = *e.context
	}
	for _, element := range append(source.Mappable(), source.Generic()...) {
		s.sources = append(s.sources, embed.DescribeSource(source, element, context))
	}
	var err error
	s.embedders, err = e.embedders(source.Local || target.Local)
	return s, err
}

// ranker embeds both sides into the workspace's vector store and prepares a
// ranking of the target's elements of the given kinds.
func (e *engine) ranker(ctx context.Context, s space, kinds []string, precedents []candidate.Precedents) (*candidate.Ranker, error) {
	if err := candidate.CheckKinds(s.target, kinds); err != nil {
		return nil, usage(err)
	}
	fusion, err := e.fusion()
	if err != nil {
		return nil, err
	}
	in := candidate.Input{Source: s.source, Target: s.target, Kinds: kinds, Precedents: precedents, Weights: &fusion.Weights, Context: e.context}
	// A model first: if the endpoint fails, the workspace is left as it was.
	if m := s.embedders.remote; m != nil {
		if in.SourceRemote, in.TargetRemote, err = e.bothSides(ctx, s, m); err != nil {
			return nil, err
		}
	}
	if in.SourceVectors, in.TargetVectors, err = e.bothSides(ctx, s, s.embedders.local); err != nil {
		return nil, err
	}
	ranker, err := candidate.New(in)
	return ranker, usage(err)
}

// bothSides returns the vectors of sources and targets by one embedder.
func (e *engine) bothSides(ctx context.Context, s space, by embed.Embedder) (sources, targets vectors.Set, err error) {
	if sources, err = e.vectors(ctx, s.source, "source", s.sources, by); err != nil {
		return sources, targets, err
	}
	targets, err = e.vectors(ctx, s.target, "target", s.targets, by)
	return sources, targets, err
}

// fusion returns the weights of the ranking that the settings name, or those
// that take their place; without the family under test if there is one.
func (e *engine) fusion() (candidate.Fusion, error) {
	if e.weights != nil {
		return candidate.Fusion{Weights: *e.weights}, nil
	}
	f, err := candidate.Default()
	if e.settings.Weights != "" {
		f, err = readSetting(e.settings.Weights, candidate.ParseWeights)
	}
	f.Weights, f.Data = f.For(e.family)
	return f, err
}

// judgeModel returns the local judge that the settings name, without the family
// under test if there is one.
func (e *engine) judgeModel() (judge.Model, error) {
	m, err := judge.Default()
	if e.settings.JudgeModel != "" {
		m, err = readSetting(e.settings.JudgeModel, judge.ParseModel)
	}
	return m.For(e.family), err
}

// calibration returns what is known of models' probabilities, without the family
// under test if there is one.
func (e *engine) calibration() (calibration.Calibration, error) {
	c, err := calibration.Default()
	if e.settings.Calibration != "" {
		c, err = readSetting(e.settings.Calibration, calibration.Parse)
	}
	return c.Without(e.family), err
}

// readSetting reads a file that the settings name.
func readSetting[T any](path string, parse func([]byte) (T, error)) (T, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		var none T
		return none, usage(err)
	}
	out, err := parse(data)
	if err != nil {
		return out, usage(fmt.Errorf("%s: %w", path, err))
	}
	return out, nil
}

// testing returns the engine that knows nothing of a family.
func (e *engine) testing(family string) *engine {
	ignorant := *e
	ignorant.family = family
	return &ignorant
}

// embedders are the built-in one and, if the settings name it, a model at an
// endpoint.
type embedders struct {
	local  embed.Embedder
	remote embed.Embedder // nil for none
}

// Name identifies them and everything that their vectors depend on.
func (e embedders) Name() string {
	if e.remote == nil {
		return e.local.Name()
	}
	return e.local.Name() + ", " + e.remote.Name()
}

func (e *engine) embedders(stayLocal bool) (embedders, error) {
	words, err := local.Default()
	if e.settings.EmbedderModel != "" {
		words, err = readSetting(e.settings.EmbedderModel, local.Parse)
	}
	if err != nil || e.settings.Embedder == "local" {
		return embedders{local: words}, err
	}
	client, err := e.endpoint()
	if err != nil {
		return embedders{}, err
	}
	if stayLocal && !client.Loopback() {
		return embedders{}, usage(errors.New("the licence of a framework keeps its text on this machine: use the local embedder or an endpoint on this machine"))
	}
	cache := remote.OpenCache(filepath.Join(e.settings.Workspace, "vectors", "remote"))
	model, err := remote.New(client, remote.Options{Model: e.settings.Endpoint.EmbeddingModel, Cache: cache})
	return embedders{words, model}, usage(err)
}

// endpoint returns the one client of the process, however many crosswalks it is
// for: they share its limits.
func (e *engine) endpoint() (*endpoint.Client, error) { return e.dial() }

// connect returns a client of the API that the settings name. Its key comes
// from the environment.
func (e *engine) connect() (*endpoint.Client, error) {
	s := e.settings.Endpoint
	if s.URL == "" {
		return nil, usage(errors.New("no endpoint: set endpoint.url in config.yaml or CONCORD_ENDPOINT_URL"))
	}
	client, err := endpoint.New(endpoint.Config{
		BaseURL:           s.URL,
		Key:               os.Getenv(s.APIKeyEnv),
		KeyVariable:       s.APIKeyEnv,
		Timeout:           s.Timeout,
		Attempts:          s.Attempts,
		RequestsPerMinute: s.RequestsPerMinute,
		TokensPerMinute:   s.TokensPerMinute,
		Concurrency:       s.Concurrency,
		Quota:             e.quota,
		Log:               slog.New(slog.NewTextHandler(e.stderr, nil)),
	})
	return client, usage(err)
}

// vectors returns the vectors of documents, from the workspace or embedded
// now. An element without a known word has zeros.
func (e *engine) vectors(ctx context.Context, f *corpus.Framework, side string, docs []embed.Document, embedder embed.Embedder) (vectors.Set, error) {
	key := vectors.Key{Framework: f.Spec() + " as " + side, Digest: embed.Digest(docs), Embedder: embedder.Name()}
	set, _, err := vectors.Open(ctx, filepath.Join(e.settings.Workspace, "vectors"), key,
		func(ctx context.Context) ([]string, [][]float32, error) {
			ids, texts := make([]string, len(docs)), make([]string, len(docs))
			for i, d := range docs {
				ids[i], texts[i] = d.ID, d.Text()
			}
			rows, err := embedder.Embed(ctx, texts)
			return ids, rows, err
		})
	return set, err
}

// precedents returns the built-in label sets that lead from another framework
// into a target. Those from a framework that is the one without, whatever its
// name, are left out, for their votes would be the labels; nil leaves none out.
func precedents(target, without *corpus.Framework) ([]candidate.Precedents, error) {
	sets, err := builtin.LabelSets()
	if err != nil {
		return nil, err
	}
	var out []candidate.Precedents
	for _, set := range sets {
		from, _ := splitSpec(set.Source)
		name, _ := splitSpec(set.Target)
		if name != target.Name || from == name {
			continue
		}
		framework, err := builtin.Open(set.Source)
		if err != nil {
			return nil, err
		}
		if without != nil && sameIDs(without, framework) {
			continue
		}
		out = append(out, candidate.Precedents{Set: set.Name, Framework: framework, Target: name, Pairs: set.BySource()})
	}
	return out, nil
}

// sameIDs reports whether most elements of a have the ids of elements of
// b: then they are one framework, in its own words or in others.
func sameIDs(a, b *corpus.Framework) bool {
	shared := 0
	mappable := a.Mappable()
	for _, e := range mappable {
		if _, ok := b.Element(e.ID); ok {
			shared++
		}
	}
	return 2*shared > len(mappable)
}

// ledgerAt is where the ledger is, as [ledger.Open] takes it. It is not for
// people: it may hold a password.
func (e *engine) ledgerAt() string { return cmp.Or(e.settings.Ledger, e.ownLedger()) }

// ledgerName is the same for people.
func (e *engine) ledgerName() string { return ledger.Name(e.ledgerAt()) }

// ownLedger is the file in the workspace, which is the ledger unless the settings
// name another.
func (e *engine) ownLedger() string { return filepath.Join(e.settings.Workspace, "ledger.db") }
