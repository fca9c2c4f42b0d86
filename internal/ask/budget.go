package ask

import (
	"errors"
	"fmt"
	"sync"

	"github.com/sashabaranov/go-openai"
)

// ErrSpent ends a run that has made as many calls, or cost as much, as it may.
var ErrSpent = errors.New("the budget is spent: raise it and run again, answers so far are remembered")

// A Price is what a model takes for a million tokens, in any currency.
type Price struct {
	Model  string  `mapstructure:"model"`
	Input  float64 `mapstructure:"input"`  // tokens sent
	Cached float64 `mapstructure:"cached"` // tokens sent that the endpoint had read before; as others if zero
	Output float64 `mapstructure:"output"` // tokens received
}

// Of returns what a number of tokens cost.
func (p Price) Of(sent, cached, received int) float64 {
	if p.Cached == 0 {
		cached = 0
	}
	return (float64(sent-cached)*p.Input + float64(cached)*p.Cached + float64(received)*p.Output) / 1e6
}

// A Budget is what may be spent; several askers may share one. Set the fields
// before the first call.
type Budget struct {
	MaxCalls int     // no limit if zero
	MaxCost  float64 // no limit if zero; otherwise every model must have a price
	Prices   []Price

	mu    sync.Mutex
	calls int
	cost  float64 // spent, and held for calls under way
}

// Price returns the price of a model, and whether it is known.
func (b *Budget) Price(model string) (Price, bool) {
	if b != nil {
		for _, p := range b.Prices {
			if p.Model == model {
				return p, true
			}
		}
	}
	return Price{}, false
}

func (b *Budget) check(model string) error {
	if b == nil {
		return nil
	}
	if b.MaxCalls < 0 || b.MaxCost < 0 {
		return errors.New("limits of calls and cost must not be negative")
	}
	if _, ok := b.Price(model); !ok && b.MaxCost > 0 {
		return fmt.Errorf("a limit of cost needs the price of %q: put it into the table of prices", model)
	}
	return nil
}

// answer is how many tokens are held for an answer that has not come yet: a
// long one.
const answer = 3000

// take allows one more call or returns [ErrSpent]. What the call may cost is held
// until settle is told what it took, so that calls under way do not overdraw: nil
// is a call without an answer, which counts as none. Of an answer whose tokens
// the endpoint does not count, what was held stays.
func (b *Budget) take(model string, messages []openai.ChatCompletionMessage) (settle func(*openai.Usage), err error) {
	if b == nil {
		return func(*openai.Usage) {}, nil
	}
	sent := 0
	for _, m := range messages {
		sent += Tokens(len(m.Content))
	}
	price, _ := b.Price(model)
	held := price.Of(sent, 0, answer)
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.MaxCalls > 0 && b.calls >= b.MaxCalls:
		return nil, fmt.Errorf("%d calls made: %w", b.calls, ErrSpent)
	case b.MaxCost > 0 && b.cost+held > b.MaxCost:
		return nil, fmt.Errorf("%.4f spent or held, and a call may take %.4f: %w", b.cost, held, ErrSpent)
	}
	b.calls++
	b.cost += held
	return func(used *openai.Usage) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch {
		case used == nil:
			b.calls--
			b.cost -= held
		case used.PromptTokens > 0 || used.CompletionTokens > 0:
			cached := 0
			if used.PromptTokensDetails != nil {
				cached = used.PromptTokensDetails.CachedTokens
			}
			b.cost += price.Of(used.PromptTokens, cached, used.CompletionTokens) - held
		}
	}, nil
}

// Tokens returns about how many tokens a text of so many bytes takes: four bytes
// are one, as a rule of thumb for English.
func Tokens(bytes int) int { return (bytes + 3) / 4 }
