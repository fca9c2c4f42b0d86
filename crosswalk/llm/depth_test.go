package llm_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/llm"
	"concord/internal/batch"
	"concord/internal/mockapi"
)

// adaptive is the judge as a draft uses it.
func adaptive(o *llm.Options) { o.Stop, o.Unasked = 0, false }

func TestTheNextBlockIsAskedForWhileTheLastOnePromisesLinks(t *testing.T) {
	source, target := frameworks(t)
	asked := candidates(target, 46)
	related := func(from, to int) []crosswalk.Candidate { // candidates that share their words with the source
		out := slices.Clone(asked)
		for i := from; i < to; i++ {
			out[i].Element.Text = "Keys to the house are counted every month and lost keys are reported to a neighbour of the house."
		}
		return out
	}
	for _, c := range []struct {
		name              string
		candidates        []crosswalk.Candidate
		block             int
		requests, notSeen int
	}{
		{"nothing after the first", asked, 5, 2, 36},
		{"something in the second", related(5, 7), 5, 3, 31},
		{"something in the second and third", related(5, 15), 5, 4, 26},
		{"everything", related(0, 46), 10, 5, 0},
		{"one block only", asked[:4], 5, 1, 0},
	} {
		api := &mockapi.Server{}
		j := judge(t, api, func(o *llm.Options) { o.Block, o.Stop = c.block, 0 })

		verdicts, err := j.Judge(t.Context(), element(t, source, "H-1"), c.candidates)

		notSeen := 0
		for i, v := range verdicts {
			if v.Target != c.candidates[i].Element.ID {
				t.Errorf("%s: verdict %d is on %s", c.name, i, v.Target)
			}
			if v.Outcome == crosswalk.NotJudged && len(v.Flags) == 0 {
				notSeen++
			}
		}
		if err != nil || len(verdicts) != len(c.candidates) || api.Stats().Requests != c.requests || notSeen != c.notSeen {
			t.Errorf("%s: %v, %d verdicts, %d requests (want %d), %d not looked at (want %d)", c.name, err, len(verdicts), api.Stats().Requests, c.requests, notSeen, c.notSeen)
		}
	}
}

func TestAStrongClaimIsAskedAgainFromTheOtherSide(t *testing.T) {
	for _, c := range []struct {
		name      string
		second    mockapi.Fault
		relation  crosswalk.Relation
		agreement float64
		flags     []string
	}{
		{"confirmed", mockapi.None, crosswalk.SubsetOf, 1, nil},
		{"contradicted", mockapi.Contrary, crosswalk.IntersectsWith, .5, []string{crosswalk.FlagDirections, crosswalk.FlagDemoted}},
		{"unanswered", mockapi.Refusal, crosswalk.IntersectsWith, -1, []string{crosswalk.FlagUnconfirmed, crosswalk.FlagDemoted}},
	} {
		api := &mockapi.Server{Fault: mockapi.First(mockapi.None, c.second)}

		verdicts, err := outcomes(t, api, adaptive)
		if err != nil {
			t.Fatal(err)
		}

		v := verdicts[0]
		agreement := -1.0
		if v.Agreement != nil {
			agreement = *v.Agreement
		}
		if v.Relation != c.relation || agreement != c.agreement || !slices.Equal(v.Flags, c.flags) {
			t.Errorf("%s: %+v, agreement %v", c.name, v, agreement)
		}
		if n := api.Stats().Requests; n != 2 {
			t.Errorf("%s: %d requests", c.name, n)
		}
	}
}

// TestAVoterThatGaveNoAnswerCountsForNothing has the second of two models refuse,
// and the first one contradict itself.
func TestAVoterThatGaveNoAnswerCountsForNothing(t *testing.T) {
	api := &mockapi.Server{Fault: mockapi.First(mockapi.None, mockapi.Refusal, mockapi.Contrary)}

	verdicts, err := outcomes(t, api, func(o *llm.Options) {
		adaptive(o)
		o.Models = []string{"one", "two"}
	})
	if err != nil {
		t.Fatal(err)
	}

	v := verdicts[0]
	if v.Agreement == nil || *v.Agreement != .5 || !slices.Contains(v.Flags, crosswalk.FlagDirections) {
		t.Errorf("%+v, want one answer of two", v)
	}
}

func TestWhatIsAskedFromTheOtherSideHoldsStrongClaimsOnly(t *testing.T) {
	api := &mockapi.Server{}
	if _, err := outcomes(t, api, adaptive); err != nil {
		t.Fatal(err)
	}
	var req struct {
		Messages []struct{ Role, Content string }
	}
	var asked struct {
		Elements  []struct{ ID string }
		Reference struct{ ID string }
	}
	if err := errors.Join(json.Unmarshal(api.LastBody(), &req), json.Unmarshal([]byte(req.Messages[1].Content), &asked)); err != nil {
		t.Fatal(err)
	}

	if len(asked.Elements) != 1 || asked.Elements[0].ID != "Y-0" || asked.Reference.ID != "H-1" {
		t.Errorf("%+v", asked)
	}
}

func TestSeveralModelsAndSamplesVote(t *testing.T) {
	source, target := frameworks(t)
	api := &mockapi.Server{}
	j := judge(t, api, func(o *llm.Options) { o.Models, o.Samples = []string{"one", "two"}, 2 })

	verdicts, err := j.Judge(t.Context(), element(t, source, "H-1"), candidates(target, 5))
	if err != nil {
		t.Fatal(err)
	}

	if api.Stats().Requests != 4 || j.Calls() != 4 || api.Stats().Repeats != 0 {
		t.Errorf("%d requests, %d of them equal, %d calls; want four different ones", api.Stats().Requests, api.Stats().Repeats, j.Calls())
	}
	for _, v := range verdicts {
		if v.Model != "one + two" || v.Agreement == nil || *v.Agreement != 1 {
			t.Errorf("%+v", v)
		}
	}
}

// TestEverySampleIsAnAnswerOfItsOwn has one candidate only, which can stand in no
// other order.
func TestEverySampleIsAnAnswerOfItsOwn(t *testing.T) {
	source, target := frameworks(t)
	api := &mockapi.Server{}
	j := judge(t, api, func(o *llm.Options) { o.Samples = 3 })

	if _, err := j.Judge(t.Context(), element(t, source, "H-1"), candidates(target, 1)); err != nil {
		t.Fatal(err)
	}

	if n := api.Stats().Requests; n != 3 {
		t.Errorf("%d requests for three samples", n)
	}
}

func TestAVoterThatFailsLeavesTheOthers(t *testing.T) {
	source, target := frameworks(t)
	j := judge(t, &mockapi.Server{Fault: mockapi.First(mockapi.Refusal)}, func(o *llm.Options) { o.Models = []string{"one", "two"} })

	verdicts, err := j.Judge(t.Context(), element(t, source, "H-1"), candidates(target, 5))

	if err != nil || slices.ContainsFunc(verdicts, func(v crosswalk.Verdict) bool { return v.Outcome == crosswalk.Failed || v.Agreement != nil }) {
		t.Errorf("%v %+v", err, verdicts)
	}
}

func TestAModelThatCannotTellIsNotTakenForANo(t *testing.T) {
	verdicts, err := outcomes(t, &mockapi.Server{Fault: mockapi.Always(mockapi.Unsure)}, nil)
	if err != nil {
		t.Fatal(err)
	}

	for _, v := range verdicts {
		if v.Outcome != crosswalk.NotJudged || v.Relation != "" || !slices.Equal(v.Flags, []string{crosswalk.FlagCannotTell}) {
			t.Errorf("%+v", v)
		}
	}
}

// custom is a convention that shows what it was asked for.
type custom struct{}

func (custom) Label() string { return "house (abc)" }
func (custom) For(source corpus.Element, targets []corpus.Element) any {
	return map[string]any{"summary": "They say equal when in doubt.", "decided": []string{source.ID, fmt.Sprint(len(targets))}}
}

func TestAConventionIsShownAsDataAndNamed(t *testing.T) {
	api := &mockapi.Server{}

	verdicts, err := outcomes(t, api, func(o *llm.Options) { o.Convention = custom{} })
	if err != nil {
		t.Fatal(err)
	}

	var req struct {
		Messages []struct{ Role, Content string }
	}
	if err := json.Unmarshal(api.LastBody(), &req); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(req.Messages[1].Content, `"convention":{"decided":["H-1","5"],"summary":"They say equal when in doubt."}`) {
		t.Errorf("the question does not show it: %s", req.Messages[1].Content)
	}
	if rules := req.Messages[0].Content; !strings.Contains(rules, "# The convention") || strings.Contains(rules, "when in doubt") {
		t.Error("the rules do not speak of it, or hold it")
	}
	for _, v := range verdicts {
		if v.Convention != "house (abc)" {
			t.Errorf("typed under %q", v.Convention)
		}
	}
}

// TestAnswersFromAFileLeadWhereAnEndpointLeads carries questions to a server and
// answers back, as a batch service would, until nothing is asked any more.
func TestAnswersFromAFileLeadWhereAnEndpointLeads(t *testing.T) {
	source, target := frameworks(t)
	asked := candidates(target, 46)
	api := &mockapi.Server{}
	direct, err := judge(t, api, adaptive).Judge(t.Context(), element(t, source, "H-1"), asked)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(&mockapi.Server{})
	defer server.Close()
	kept := &memory{}
	var answers bytes.Buffer
	var questions []int

	for range 5 {
		desk, err := batch.New(bytes.NewReader(answers.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		j, err := llm.New(desk, llm.Options{Models: []string{"mock-1"}, Source: source, Target: target, Memory: kept})
		if err != nil {
			t.Fatal(err)
		}
		verdicts, err := j.Judge(t.Context(), element(t, source, "H-1"), asked)
		if err == nil {
			if !reflect.DeepEqual(verdicts, direct) {
				t.Error("the verdicts differ from those of the endpoint")
			}
			if want := []int{2, 1}; !slices.Equal(questions, want) { // two blocks together, then the strong claims
				t.Errorf("questions by round: %v, want %v", questions, want)
			}
			return
		}
		if !errors.Is(err, crosswalk.ErrPending) {
			t.Fatal(err)
		}
		lines, n := desk.Requests()
		questions = append(questions, n)
		answers.Reset()
		for line := range bytes.Lines(lines) {
			answers.Write(answered(t, server.URL, line))
		}
	}
	t.Error("it never ends")
}

// answered does with a line of requests what a batch service does.
func answered(t *testing.T, url string, line []byte) []byte {
	t.Helper()
	var r struct {
		CustomID    string `json:"custom_id"`
		Method, URL string
		Body        json.RawMessage
	}
	if err := json.Unmarshal(line, &r); err != nil {
		t.Fatal(err)
	}
	res, err := http.Post(url+r.URL, "application/json", bytes.NewReader(r.Body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || r.Method != "POST" {
		t.Fatal(r.Method, err)
	}
	return fmt.Appendf(nil, `{"id":"b-1","custom_id":%q,"response":{"status_code":%d,"body":%s},"error":null}`+"\n", r.CustomID, res.StatusCode, body)
}

// TestABlockWithoutAnAnswerSaysNothingOfTheNext lets the second block fail where
// the first one held links.
func TestABlockWithoutAnAnswerSaysNothingOfTheNext(t *testing.T) {
	source, target := frameworks(t)
	asked := candidates(target, 15)
	for i := range 5 {
		asked[i].Element.Text = "Keys to the house are counted every month and lost keys are reported to a neighbour of the house."
	}
	api := &mockapi.Server{Fault: mockapi.First(mockapi.None, mockapi.Refusal)}
	j := judge(t, api, func(o *llm.Options) { o.Block, o.Stop = 5, 0 })

	verdicts, err := j.Judge(t.Context(), element(t, source, "H-1"), asked)

	if err != nil || verdicts[7].Outcome != crosswalk.Failed || verdicts[12].Outcome == crosswalk.NotJudged {
		t.Errorf("%v: %s after %s", err, verdicts[12].Outcome, verdicts[7].Outcome)
	}
}
