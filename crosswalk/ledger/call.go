package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// A Call is one answer of a model and what it cost. It must not hold a key.
type Call struct {
	Run              string // that paid for it; may be empty
	Model            string
	Prompt           string // hash of the prompt template
	Request, Answer  string // as sent and received
	PromptTokens     int
	CompletionTokens int
	Latency          time.Duration // kept in milliseconds
	At               time.Time
}

// Remember keeps an answer under a key, which stands for everything that was
// asked. The first answer stays: remembering a key again does nothing.
func (l *Ledger) Remember(ctx context.Context, key string, call Call) error {
	if key == "" {
		return errors.New("remember a call: empty key")
	}
	_, err := l.db.ExecContext(ctx, `INSERT INTO calls
		(key, run, model, prompt, request, answer, prompt_tokens, completion_tokens, latency_ms, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		key, call.Run, call.Model, call.Prompt, call.Request, call.Answer,
		call.PromptTokens, call.CompletionTokens, call.Latency.Milliseconds(), formatTime(call.At))
	return l.wrap(fmt.Sprintf("remember call %.12s in", key), err)
}

// Recall returns the answer that is kept under a key, and whether there is one.
func (l *Ledger) Recall(ctx context.Context, key string) (answer string, ok bool, err error) {
	err = l.db.QueryRowContext(ctx, `SELECT answer FROM calls WHERE key = ?`, key).Scan(&answer)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return answer, err == nil, l.wrap(fmt.Sprintf("recall call %.12s from", key), err)
}
