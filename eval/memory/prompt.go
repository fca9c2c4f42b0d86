package memory

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"concord/corpus"
	"concord/internal/ask"
	"concord/internal/endpoint"
)

// PromptName is the file of the rules that the model is given. A change of the
// rules is a new file with the next number.
const PromptName = "recall-1.txt"

// longestName is how much is sent of the name of a framework, in bytes.
const longestName = 300

//go:embed prompts/recall-1.txt
var promptText string

//go:embed prompts/recall-1.schema.json
var schemaText string

// PromptSHA256 returns the SHA-256 of the prompt file, in hexadecimal.
func PromptSHA256() string {
	sum := sha256.Sum256([]byte(promptText))
	return hex.EncodeToString(sum[:])
}

// questionFor returns the user message on one source. It holds no text.
func questionFor(source, target *corpus.Framework, id string) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(struct {
		SourceFramework string `json:"source_framework"`
		TargetFramework string `json:"target_framework"`
		SourceID        string `json:"source_id"`
	}{nameOf(source), nameOf(target), id})
	if err != nil {
		return "", fmt.Errorf("encode question about %s: %w", id, err)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

func nameOf(f *corpus.Framework) string {
	if f.Title == "" {
		return f.Spec()
	}
	return endpoint.Clip(f.Title, longestName)
}

// parse reads the ids in a reply. The error says what is wrong in words that
// the model can act on.
func parse(content string) ([]string, error) {
	raw, err := ask.Object(content, "targets")
	if err != nil {
		return nil, err
	}
	var answer struct {
		Targets []string `json:"targets"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil || answer.Targets == nil {
		return nil, errors.New(`the member "targets" is not a list of strings`)
	}
	return answer.Targets, nil
}
