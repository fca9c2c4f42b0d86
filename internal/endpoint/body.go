package endpoint

import (
	"bytes"
	"encoding/json"

	"github.com/sashabaranov/go-openai"
)

// Body returns a request as [Client.Chat] would send it: with what its model
// takes, and a temperature of zero as zero.
func Body(req openai.ChatCompletionRequest) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(fit(req, quirksOf(req.Model)))
	return bytes.TrimSpace(zeroed(b.Bytes())), err
}
