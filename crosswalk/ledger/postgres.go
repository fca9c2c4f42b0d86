package ledger

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"concord/internal/outage"
)

// IsURL reports whether a ledger is in PostgreSQL, and not in a file: whether
// this is a URL that begins with postgres:// or postgresql://.
func IsURL(at string) bool {
	scheme, _, ok := strings.Cut(at, "://")
	return ok && (strings.EqualFold(scheme, "postgres") || strings.EqualFold(scheme, "postgresql"))
}

// secrets returns the parameters of a URL that hold one.
func secrets() []string { return []string{"password", "sslpassword"} }

// HasPassword reports whether the URL of a ledger holds a password. One that
// cannot be read might.
func HasPassword(at string) bool {
	if !IsURL(at) {
		return false
	}
	u, query, err := parseURL(at)
	if err != nil {
		return strings.Contains(at, "@") || strings.Contains(at, "password")
	}
	for _, name := range secrets() {
		if query.Has(name) {
			return true
		}
	}
	_, set := u.User.Password()
	return set
}

// Name returns what people are shown of where a ledger is: a path as it is, a
// URL without its password.
func Name(at string) string {
	if !IsURL(at) {
		return at
	}
	u, query, err := parseURL(at)
	if err != nil {
		return "in PostgreSQL"
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	for _, name := range secrets() {
		query.Del(name)
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// CheckURL returns an error if this is no URL of a ledger. It asks no server.
func CheckURL(at string) error {
	if !IsURL(at) {
		return errors.New("ledger: want a URL that begins with postgres://, or nothing for the file in the workspace")
	}
	l, err := connect(at)
	if err != nil {
		return err
	}
	return l.db.Close()
}

// parseURL takes a URL apart. Its error does not repeat it. A second @ means that
// one, or a /, ? or # before it, is part of a password: what stands between would be
// taken for the host, and be shown.
func parseURL(at string) (*url.URL, url.Values, error) {
	u, err := url.Parse(at)
	if err == nil {
		query, err := url.ParseQuery(u.RawQuery)
		_, rest, _ := strings.Cut(at, "://")
		behind := strings.IndexAny(rest, "/?#")
		if err == nil && u.Fragment == "" && strings.Count(rest, "@") < 2 && (behind < 0 || !strings.Contains(rest[behind:], "@")) {
			return u, query, nil
		}
	}
	return nil, nil, errors.New("open ledger: its URL cannot be read: want postgres://USER@HOST:PORT/DATABASE?search_path=SCHEMA, with % escapes for characters such as @, / and # in a name or password")
}

// turn is how long a transaction waits for others that write.
const turn = 10 * time.Second

// connect prepares to use the ledger at a URL. Nothing is sent yet.
func connect(at string) (*Ledger, error) {
	if _, _, err := parseURL(at); err != nil {
		return nil, err
	}
	name := Name(at)
	config, err := pgx.ParseConfig(at)
	if err != nil {
		why := err.Error()
		why = why[strings.LastIndex(why, "`")+1:] // the URL stands before
		if HasPassword(at) {
			why = "" // it may quote any part of it
		}
		return nil, fmt.Errorf("open ledger %s: the URL or a PG variable of the environment is wrong%s", name, why)
	}
	outage.Notice(&config.Config)
	config.RuntimeParams["client_encoding"] = "UTF8"
	config.RuntimeParams["synchronous_commit"] = "on" // a commit is on disk when it returns
	if config.RuntimeParams["lock_timeout"] == "" {
		config.RuntimeParams["lock_timeout"] = fmt.Sprint(turn.Milliseconds())
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "concord"
	}
	conceal := concealer(at, config.Password)
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4) // to connect anew takes longer than most of what is asked
	db.SetConnMaxIdleTime(time.Minute)
	return &Ledger{db: db, name: name, turn: make(chan struct{}, 1), engine: engine{
		scripts: "migrations/postgres",
		// The lock is that of one schema. It ends with the transaction.
		lock:    fmt.Sprintf(`SELECT pg_advisory_xact_lock(%d, oid::int) FROM pg_namespace WHERE nspname = current_schema()`, application),
		version: serverVersion,
		stamp: func(version int) string {
			return fmt.Sprintf(`INSERT INTO concord_ledger (version) VALUES (%d)`, version)
		},
		snapshot:  sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		unhurried: `SET LOCAL idle_in_transaction_session_timeout = 0`,
		together:  100,
		bytes:     func(text string) any { return []byte(text) },
		hint:      serverHint,
		now:       `CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)`,
		conceal:   conceal,
	}}, nil
}

// concealer returns what takes the passwords of a URL, and others, out of a text.
func concealer(at string, others ...string) func(string) string {
	var pairs []string
	add := func(secret string) {
		if secret != "" {
			pairs = append(pairs, secret, "[password]")
		}
	}
	add(at)
	if u, query, err := parseURL(at); err == nil {
		if password, ok := u.User.Password(); ok {
			_, spelled, _ := strings.Cut(u.User.String(), ":")
			add(spelled)
			add(password)
		}
		for _, name := range secrets() {
			add(query.Get(name))
		}
	}
	for _, secret := range others {
		add(secret)
	}
	return strings.NewReplacer(pairs...).Replace
}

// serverVersion reads the version of the schema that the search path of the
// connection begins with.
func serverVersion(ctx context.Context, q querier) (version int, err error) {
	var schema, encoding string
	var marked bool
	var tables int
	if err := one(ctx, q, `SELECT coalesce(current_schema(), ''), current_setting('server_encoding'),
		count(*) FILTER (WHERE relname = 'concord_ledger') > 0, count(*)
		FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
		WHERE nspname = current_schema() AND relkind IN ('r', 'p')`, &schema, &encoding, &marked, &tables); err != nil {
		return 0, err
	}
	switch {
	case schema == "":
		return 0, errors.New("no schema of its search_path exists, or none that this role may use: CREATE SCHEMA, GRANT USAGE ON SCHEMA, or name another in the URL, as in ?search_path=concord")
	case encoding != "UTF8":
		return 0, fmt.Errorf("the database is encoded in %s, which cannot keep every text: make one with ENCODING 'UTF8'", encoding)
	case !marked && tables > 0:
		return 0, fmt.Errorf("the schema %q holds tables of another program: give the ledger a schema of its own and name it in the URL, as in ?search_path=concord", schema)
	case !marked:
		return 0, nil
	}
	return version, one(ctx, q, `SELECT coalesce(max(version), 0) FROM concord_ledger`, &version)
}

// one reads the only row of a query.
func one(ctx context.Context, q querier, query string, into ...any) error {
	_, err := collect(ctx, q, func(rows *sql.Rows) (struct{}, error) { return struct{}{}, rows.Scan(into...) }, query)
	return err
}

// serverHint goes by the codes of errors, appendix A of the manual of PostgreSQL.
func serverHint(err error) string {
	var failure *pgconn.PgError
	var unreachable *pgconn.ConnectError
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.As(err, &failure):
	case errors.Is(err, context.Canceled):
		return ""
	case errors.As(err, &untrusted):
		return ": name the file of the authority that signed its certificate in PGSSLROOTCERT"
	case errors.As(err, &unreachable):
		return ": check that the server runs and can be reached from here"
	case outage.Is(err):
		return ": the connection to the server broke; its log says why if it went down. What was under way is there whole or not at all: do the same again when it is back"
	default:
		return ""
	}
	switch failure.Code {
	case "28P01", "28000":
		return ": check the user of the URL, and the password, which belongs into CONCORD_LEDGER or PGPASSWORD"
	case "3D000":
		return ": the database has to be created first, with CREATE DATABASE"
	case "42501":
		return ": the role lacks a right; docs/operations.md says what to grant"
	case "25006":
		return ": this server only reads; name the one that writes"
	case "55P03":
		return ": another process is writing to it; try again when it is done"
	case "53100":
		return ": the disk of the server is full; make room there, and do the same again"
	case "53300":
		return ": too many connections; try again later"
	case "57P01", "57P02", "57P03":
		return ": the server is stopping or starting; try again later"
	case "22021":
		return ": PostgreSQL keeps only text in UTF-8 without NUL"
	case "42P01", "42703":
		return ": its tables are not those of a ledger; restore a copy"
	}
	return ""
}
