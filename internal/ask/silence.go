package ask

import (
	"context"
	"errors"

	"github.com/sashabaranov/go-openai"
)

// Silence is a [Chatter] that answers nothing, for where every answer is
// remembered.
type Silence struct{}

// Chat returns an error that says that an answer is missing.
func (Silence) Chat(context.Context, openai.ChatCompletionRequest) (*openai.ChatCompletionResponse, error) {
	return nil, errors.New("an answer of the model is not remembered")
}

// Loopback reports that no text leaves this machine.
func (Silence) Loopback() bool { return true }
