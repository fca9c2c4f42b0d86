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
	CachedTokens     int // of the prompt tokens: read from the endpoint's own cache
	CompletionTokens int
	Latency          time.Duration // kept in milliseconds
	At               time.Time
}

// Remember keeps an answer under a key, which stands for everything that was
// asked, and reports whether it did. The first answer stays: remembering a key
// again does nothing.
func (l *Ledger) Remember(ctx context.Context, key string, call Call) (kept bool, err error) {
	if key == "" {
		return false, errors.New("remember a call: empty key")
	}
	res, err := l.db.ExecContext(ctx, `INSERT INTO calls
		(key, run, model, prompt, request, answer, prompt_tokens, cached_tokens, completion_tokens, latency_ms, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING`,
		key, call.Run, call.Model, call.Prompt, l.engine.bytes(call.Request), l.engine.bytes(call.Answer),
		call.PromptTokens, call.CachedTokens, call.CompletionTokens, call.Latency.Milliseconds(), formatTime(call.At))
	var rows int64
	if err == nil {
		rows, err = res.RowsAffected()
	}
	return rows > 0, l.wrap(fmt.Sprintf("remember call %.12s in", key), err)
}

// Recall returns the answer that is kept under a key with what it took, and
// whether there is one. The request is left out.
func (l *Ledger) Recall(ctx context.Context, key string) (call Call, ok bool, err error) {
	var at string
	var milliseconds int64
	err = l.db.QueryRowContext(ctx, `SELECT run, model, prompt, answer, prompt_tokens, cached_tokens, completion_tokens, latency_ms, at FROM calls WHERE key = $1`, key).
		Scan(&call.Run, &call.Model, &call.Prompt, &call.Answer, &call.PromptTokens, &call.CachedTokens, &call.CompletionTokens, &milliseconds, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return Call{}, false, nil
	}
	if err == nil {
		call.Latency = time.Duration(milliseconds) * time.Millisecond
		call.At, err = time.Parse(timeLayout, at)
	}
	return call, err == nil, l.wrap(fmt.Sprintf("recall call %.12s from", key), err)
}

// Calls returns the answers that a run paid for, in the order of their keys, with
// what each took; requests and answers are left out.
func (l *Ledger) Calls(ctx context.Context, run string) ([]Call, error) {
	calls, err := collect(ctx, l.db, func(rows *sql.Rows) (c Call, err error) {
		var at string
		var milliseconds int64
		if err := rows.Scan(&c.Run, &c.Model, &c.Prompt, &c.PromptTokens, &c.CachedTokens, &c.CompletionTokens, &milliseconds, &at); err != nil {
			return c, err
		}
		c.Latency = time.Duration(milliseconds) * time.Millisecond
		c.At, err = time.Parse(timeLayout, at)
		return c, err
	}, `SELECT run, model, prompt, prompt_tokens, cached_tokens, completion_tokens, latency_ms, at FROM calls WHERE run = $1 ORDER BY key`, run)
	return calls, l.wrap(fmt.Sprintf("read the calls of run %q in", run), err)
}

// A Usage is what a run asked of one model, all calls together.
type Usage struct {
	Model            string
	Calls            int
	PromptTokens     int
	CachedTokens     int // of the prompt tokens
	CompletionTokens int
}

// Usages sums up the answers that a run paid for, by model.
func (l *Ledger) Usages(ctx context.Context, run string) ([]Usage, error) {
	list, err := collect(ctx, l.db, func(rows *sql.Rows) (u Usage, err error) {
		return u, rows.Scan(&u.Model, &u.Calls, &u.PromptTokens, &u.CachedTokens, &u.CompletionTokens)
	}, `SELECT model, count(*), CAST(sum(prompt_tokens) AS BIGINT), CAST(sum(cached_tokens) AS BIGINT), CAST(sum(completion_tokens) AS BIGINT)
		FROM calls WHERE run = $1 GROUP BY model ORDER BY model`, run)
	return list, l.wrap(fmt.Sprintf("sum up the calls of run %q in", run), err)
}
