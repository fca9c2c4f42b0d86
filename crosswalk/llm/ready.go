package llm

import (
	"context"

	"github.com/sashabaranov/go-openai"
)

// Ready asks the model for one word, so that a wrong address, key or model
// name shows before a run begins.
func Ready(ctx context.Context, chat Chatter, model string) error {
	_, err := chat.Chat(ctx, openai.ChatCompletionRequest{
		Model:    model,
		Messages: []openai.ChatCompletionMessage{{Role: openai.ChatMessageRoleUser, Content: "Answer with the word ready."}},
	})
	return err
}
