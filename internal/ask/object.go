package ask

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Object returns the first JSON object in a reply that has a member of this
// name. Prose and code fences around it are passed over. What a reasoning model
// thinks aloud comes before its answer and is no part of it.
func Object(content, member string) (json.RawMessage, error) {
	if i := strings.LastIndex(content, "</think>"); i >= 0 {
		content = content[i+len("</think>"):]
	}
	// Few braces stand before the answer; the limit keeps a hostile reply from
	// being read once for each of its own.
	for range 100 {
		start := strings.IndexByte(content, '{')
		if start < 0 {
			break
		}
		content = content[start:]
		dec := json.NewDecoder(strings.NewReader(content))
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			content = content[1:]
			continue
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(raw, &members); err == nil && members[member] != nil {
			return raw, nil
		}
		content = content[dec.InputOffset():]
	}
	return nil, fmt.Errorf("the answer holds no complete JSON object with the member %q", member)
}
