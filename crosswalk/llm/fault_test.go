package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sashabaranov/go-openai"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/llm"
	"concord/internal/ask"
	"concord/internal/endpoint"
	"concord/internal/mockapi"
)

// outcomes judges five candidates against one server.
func outcomes(t *testing.T, api *mockapi.Server, change func(*llm.Options)) ([]crosswalk.Verdict, error) {
	t.Helper()
	source, target := frameworks(t)
	return judge(t, api, change).Judge(t.Context(), element(t, source, "H-1"), candidates(target, 5))
}

func TestAnswersThatAreBadOnceAreRepaired(t *testing.T) {
	for _, f := range []mockapi.Fault{mockapi.Prose, mockapi.WrongID} {
		api := &mockapi.Server{Fault: mockapi.First(f)}

		verdicts, err := outcomes(t, api, nil)

		if err != nil || len(verdicts) != 5 || verdicts[0].Outcome != crosswalk.Mapped {
			t.Errorf("%s: %v %+v", f, err, verdicts)
		}
		if n := api.Stats().Requests; n != 2 {
			t.Errorf("%s: %d requests", f, n)
		}
		if body := string(api.LastBody()); !strings.Contains(body, "That answer cannot be used: ") {
			t.Errorf("%s: the model was not told what is wrong", f)
		}
	}
}

func TestARepairTellsTheModelWhichIDsItMayName(t *testing.T) {
	api := &mockapi.Server{Fault: mockapi.First(mockapi.WrongID)}
	if _, err := outcomes(t, api, nil); err != nil {
		t.Fatal(err)
	}
	var req struct {
		Messages []struct{ Role, Content string }
	}
	if err := json.Unmarshal(api.LastBody(), &req); err != nil {
		t.Fatal(err)
	}

	if n := len(req.Messages); n != 4 || req.Messages[2].Role != "assistant" || !strings.Contains(req.Messages[3].Content, "at '/related/0/id': value must be one of") {
		t.Errorf("%+v", req.Messages)
	}
}

func TestUnusableAnswersFailTheirBlockWithAReason(t *testing.T) {
	for f, want := range map[mockapi.Fault]struct {
		why      string
		requests int
	}{
		mockapi.Prose:      {"no complete JSON object", 2},
		mockapi.WrongID:    {"value must be one of", 2},
		mockapi.CutOff:     {"finish_reason length", 1},
		mockapi.Filtered:   {"finish_reason content_filter", 1},
		mockapi.Refusal:    {"the model refused: I cannot help with that.", 1},
		mockapi.BadRequest: {"no answer: 127.0.0.1", 1},
	} {
		api := &mockapi.Server{Fault: mockapi.Always(f)}

		verdicts, err := outcomes(t, api, nil)

		if err != nil || len(verdicts) != 5 {
			t.Errorf("%s: %v", f, err)
			continue
		}
		for _, v := range verdicts {
			if v.Outcome != crosswalk.Failed || !strings.Contains(v.Rationale, want.why) || v.Relation != "" || v.Strength != -1 {
				t.Errorf("%s: %+v", f, v)
			}
		}
		if n := api.Stats().Requests; n != want.requests {
			t.Errorf("%s: %d requests, want %d", f, n, want.requests)
		}
	}
}

func TestOneFailedBlockLeavesTheOthersStanding(t *testing.T) {
	source, target := frameworks(t)
	api := &mockapi.Server{Fault: mockapi.First(mockapi.None, mockapi.Refusal)}
	j := judge(t, api, func(o *llm.Options) { o.Block = 2 })

	verdicts, err := j.Judge(t.Context(), element(t, source, "H-1"), candidates(target, 6))

	if err != nil {
		t.Fatal(err)
	}
	for i, v := range verdicts {
		if failed := v.Outcome == crosswalk.Failed; failed != (i == 2 || i == 3) {
			t.Errorf("verdict %d: %s", i, v.Outcome)
		}
	}
}

func TestAnEndpointThatDoesNotAnswerLeavesTheSourceForLater(t *testing.T) {
	for f, want := range map[mockapi.Fault]string{
		mockapi.Unavailable: "answered 503",
		mockapi.Truncated:   "breaks off",
		mockapi.RateLimited: "answered 429",
	} {
		api := &mockapi.Server{Fault: mockapi.Always(f)}

		verdicts, err := outcomes(t, api, nil)

		if !errors.Is(err, crosswalk.ErrUnavailable) || !strings.Contains(err.Error(), want) || verdicts != nil {
			t.Errorf("%s: %v, %v", f, verdicts, err)
		}
		if n := api.Stats().Requests; n != 3 {
			t.Errorf("%s: %d requests, want 3", f, n)
		}
	}
}

func TestErrorsThatWouldMeetEveryBlockEndTheRun(t *testing.T) {
	for name, api := range map[string]*mockapi.Server{
		"refused key": {Key: "sk-other"},
		"web page":    {Fault: mockapi.Always(mockapi.HTML)},
		"no model":    {Fault: mockapi.Always(mockapi.NoModel)},
	} {
		_, err := outcomes(t, api, nil)

		var e *endpoint.Error
		if !errors.As(err, &e) || !e.Fatal {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestProseAndFencesAroundTheJSONAreTolerated(t *testing.T) {
	api := &mockapi.Server{Fault: mockapi.Always(mockapi.Fenced)}

	verdicts, err := outcomes(t, api, func(o *llm.Options) { o.Structured = llm.Prompt })

	if err != nil || verdicts[0].Outcome != crosswalk.Mapped || api.Stats().Requests != 1 {
		t.Errorf("%v %+v", err, verdicts)
	}
	if body := string(api.LastBody()); strings.Contains(body, "response_format") {
		t.Error("a response format was asked for")
	}
}

func TestACandidateThatTheModelLeavesOutFails(t *testing.T) {
	api := &mockapi.Server{Fault: mockapi.Always(mockapi.LeftOut)}

	verdicts, err := outcomes(t, api, nil)

	failed := 0
	for _, v := range verdicts {
		if v.Outcome == crosswalk.Failed && strings.Contains(v.Rationale, "1 of the 5 candidates are in none of the lists: Y-") {
			failed++
		}
	}
	if err != nil || failed != 1 || api.Stats().Requests != 2 {
		t.Errorf("%d failed, %v: %+v", failed, err, verdicts)
	}
}

func TestOfTwoJudgementsTheLessProbableStands(t *testing.T) {
	once, err := outcomes(t, &mockapi.Server{}, nil)
	if err != nil {
		t.Fatal(err)
	}

	twice, err := outcomes(t, &mockapi.Server{Fault: mockapi.Always(mockapi.Twice)}, nil)

	flagged := 0
	for i, v := range twice {
		if slices.Contains(v.Flags, crosswalk.FlagTwice) {
			flagged++
			if v.Probability != once[i].Probability/2 {
				t.Errorf("%s: probability %g, of %g and its half", v.Target, v.Probability, once[i].Probability)
			}
		}
	}
	if err != nil || flagged != 1 {
		t.Errorf("%d flagged, %v", flagged, err)
	}
}

func TestAStrongClaimWithoutQuotesIsDemoted(t *testing.T) {
	verdicts, err := outcomes(t, &mockapi.Server{Fault: mockapi.Always(mockapi.InventedQuote)}, nil)
	if err != nil {
		t.Fatal(err)
	}

	for _, v := range verdicts {
		if v.Relation != crosswalk.IntersectsWith || len(v.Quotes) != 0 || !slices.Equal(v.Flags, []string{crosswalk.FlagSourceQuote, crosswalk.FlagTargetQuote, crosswalk.FlagDemoted}) {
			t.Errorf("%+v", v)
		}
	}
}

func TestEveryAnswerIsRememberedAndNoneIsPaidForTwice(t *testing.T) {
	source, target := frameworks(t)
	m := &memory{}
	var runs [2][]crosswalk.Verdict
	for run := range runs {
		api := &mockapi.Server{Fault: mockapi.First(mockapi.None, mockapi.WrongID)}
		j := judge(t, api, func(o *llm.Options) { o.Memory = m })

		verdicts, err := j.Judge(t.Context(), element(t, source, "H-1"), candidates(target, 45))
		if err != nil {
			t.Fatal(err)
		}

		runs[run] = verdicts
		if want := []int{4, 0}[run]; api.Stats().Requests != want || j.Calls() != want {
			t.Errorf("run %d: %d requests, want %d", run, api.Stats().Requests, want)
		}
	}
	a, b := fmt.Sprintf("%+v", runs[0]), fmt.Sprintf("%+v", runs[1])
	if a != b {
		t.Error("remembered answers lead to other verdicts")
	}
	if len(m.calls) != 4 {
		t.Errorf("%d calls remembered", len(m.calls))
	}
	for key, c := range m.calls {
		if len(key) != 64 || c.Model != "mock-1" || len(c.Prompt) != 64 || c.PromptTokens == 0 || c.CompletionTokens == 0 || c.Latency <= 0 ||
			!json.Valid([]byte(c.Request)) || !strings.Contains(c.Answer, "unrelated") || !strings.Contains(c.Answer, `"system_fingerprint":"mock"`) {
			t.Errorf("%s: %+v", key, c)
		}
	}
}

func TestTheKeyOfTheEndpointIsNeverRemembered(t *testing.T) {
	const key = "sk-very-secret-0123456789"
	source, target := frameworks(t)
	m := &memory{}
	api := &mockapi.Server{Key: key, Reply: func([]byte) string { return "Bearer " + key }}
	j, err := llm.New(client(t, api, func(c *endpoint.Config) { c.Key = key }), llm.Options{Models: []string{"m"}, Source: source, Target: target, Memory: m, Stop: -1, Unasked: true})
	if err != nil {
		t.Fatal(err)
	}

	verdicts, err := j.Judge(t.Context(), element(t, source, "H-1"), candidates(target, 1))

	if all := fmt.Sprintf("%+v %+v %v", m.calls, verdicts, err); strings.Contains(all, "very-secret") || len(m.calls) != 2 {
		t.Errorf("%s", all)
	}
}

func TestAnAnswerThatArrivesAsTheRunIsCancelledIsRemembered(t *testing.T) {
	source, target := frameworks(t)
	ctx, cancel := context.WithCancel(t.Context())
	chat := chatFunc(func(context.Context, openai.ChatCompletionRequest) (*openai.ChatCompletionResponse, error) {
		cancel()
		return &openai.ChatCompletionResponse{Choices: []openai.ChatCompletionChoice{{Message: openai.ChatCompletionMessage{Content: "paid for"}}}}, nil
	})
	m := &memory{}
	j, err := llm.New(chat, llm.Options{Models: []string{"m"}, Source: source, Target: target, Memory: m, Stop: -1, Unasked: true})
	if err != nil {
		t.Fatal(err)
	}

	j.Judge(ctx, element(t, source, "H-1"), candidates(target, 1))

	if len(m.calls) == 0 {
		t.Error("the answer was lost")
	}
}

func TestAMemoryThatDoesNotKeepEndsTheRun(t *testing.T) {
	full := errors.New("disk full")

	_, err := outcomes(t, &mockapi.Server{}, func(o *llm.Options) { o.Memory = &memory{err: full} })

	if !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
}

func TestGenericCellsOfOneElementAreOneQuestion(t *testing.T) {
	source, target := frameworks(t)
	api := &mockapi.Server{Latency: 20 * time.Millisecond}
	j := judge(t, api, func(o *llm.Options) { o.Memory = &memory{} })
	plain, err := j.Judge(t.Context(), element(t, source, "H-1"), candidates(target, 5))
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	for _, focus := range []string{"secure", "defend", "thwart"} {
		done.Go(func() {
			cell := corpus.Element{ID: "H-1#" + focus, Kind: corpus.KindCell, Parent: "H-1", Focus: focus, Generic: "standard practices apply"}
			verdicts, err := j.Judge(t.Context(), cell, candidates(target, 5))
			if err != nil || !reflect.DeepEqual(verdicts, plain) {
				t.Errorf("%s: %v %+v", focus, err, verdicts)
			}
		})
	}
	done.Wait()

	if n := api.Stats().Requests; n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestTheSameQuestionAtTheSameTimeIsAskedOnce(t *testing.T) {
	source, target := frameworks(t)
	api := &mockapi.Server{Latency: 200 * time.Millisecond}
	j := judge(t, api, func(o *llm.Options) { o.Memory = &memory{} })
	var done sync.WaitGroup
	for range 6 {
		done.Go(func() {
			if _, err := j.Judge(t.Context(), element(t, source, "H-1"), candidates(target, 5)); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()

	if n := api.Stats().Requests; n != 1 || j.Calls() != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestTheLimitOfCallsHolds(t *testing.T) {
	source, target := frameworks(t)
	m := &memory{}
	api := &mockapi.Server{}
	limit := func(o *llm.Options) { o.Budget, o.Memory = &ask.Budget{MaxCalls: 2}, m }

	_, err := judge(t, api, limit).Judge(t.Context(), element(t, source, "H-1"), candidates(target, 45))

	if !errors.Is(err, ask.ErrSpent) || api.Stats().Requests != 2 {
		t.Errorf("%v after %d requests", err, api.Stats().Requests)
	}
	// What was remembered does not count the next time.
	if _, err := judge(t, api, limit).Judge(t.Context(), element(t, source, "H-1"), candidates(target, 45)); err != nil || api.Stats().Requests != 3 {
		t.Errorf("%v after %d requests", err, api.Stats().Requests)
	}
}

func TestACancelledRunIsAnErrorAndNoVerdict(t *testing.T) {
	source, target := frameworks(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	j := judge(t, &mockapi.Server{Fault: mockapi.Always(mockapi.Stall)}, nil)

	verdicts, err := j.Judge(ctx, element(t, source, "H-1"), candidates(target, 3))

	if !errors.Is(err, context.DeadlineExceeded) || verdicts != nil {
		t.Errorf("%v %v", verdicts, err)
	}
}

func TestACandidateThatIsThereTwiceIsRefused(t *testing.T) {
	source, target := frameworks(t)
	twice := append(candidates(target, 1), candidates(target, 1)...)

	if _, err := judge(t, &mockapi.Server{}, nil).Judge(t.Context(), element(t, source, "H-1"), twice); err == nil {
		t.Error("no error")
	}
}

func TestManySourcesThroughAFaultyServerLoseNothing(t *testing.T) {
	source, target := frameworks(t)
	api := &mockapi.Server{Fault: mockapi.Seeded(7, .3, mockapi.RateLimited, mockapi.Unavailable, mockapi.Reset, mockapi.Empty, mockapi.Truncated, mockapi.Fenced)}
	m := &memory{}
	j, err := llm.New(client(t, api, func(c *endpoint.Config) { c.Attempts = 10 }), llm.Options{Models: []string{"m"}, Source: source, Target: target, Memory: m, Stop: -1, Unasked: true})
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	for i := range 40 {
		done.Go(func() {
			from := element(t, source, "H-1")
			from.ID = fmt.Sprintf("H-1.%d", i)
			verdicts, err := j.Judge(t.Context(), from, candidates(target, 45))
			if err != nil || len(verdicts) != 45 || slices.ContainsFunc(verdicts, func(v crosswalk.Verdict) bool { return v.Outcome == crosswalk.Failed }) {
				t.Errorf("%s: %d verdicts, %v", from.ID, len(verdicts), err)
			}
		})
	}
	done.Wait()

	if s := api.Stats(); s.Answered != 120 || s.Repeats != 0 || len(m.calls) != 120 {
		t.Errorf("%+v, %d remembered", s, len(m.calls))
	}
}
