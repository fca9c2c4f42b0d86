package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/viper"

	"concord/crosswalk/ledger"
	"concord/internal/ask"
)

// settings are all that config.yaml can say. This is the only file that knows
// of viper.
type settings struct {
	Workspace     string           `mapstructure:"workspace"`
	Ledger        string           `mapstructure:"ledger"` // a URL, which may hold a password; "" for a file in the workspace
	MaxFileMB     int              `mapstructure:"max_file_mb"`
	Judge         string           `mapstructure:"judge"`
	Depth         int              `mapstructure:"depth"`
	Embedder      string           `mapstructure:"embedder"`
	EmbedderModel string           `mapstructure:"embedder_model"`
	Weights       string           `mapstructure:"weights"`
	JudgeModel    string           `mapstructure:"judge_model"`
	Calibration   string           `mapstructure:"calibration"`
	Endpoint      endpointSettings `mapstructure:"endpoint"`
	Judging       judgingSettings  `mapstructure:"judging"`
}

// judgingSettings are for a model that judges.
type judgingSettings struct {
	Block       int     `mapstructure:"block" json:"block,omitempty"`
	LeastBlocks int     `mapstructure:"least_blocks" json:"least_blocks,omitempty"`
	MostBlocks  int     `mapstructure:"most_blocks" json:"most_blocks,omitempty"`
	Stop        float64 `mapstructure:"stop" json:"stop,omitempty"`
	Samples     int     `mapstructure:"samples" json:"samples,omitempty"`
	Confirm     bool    `mapstructure:"confirm" json:"confirm,omitempty"`
	Seed        int64   `mapstructure:"seed" json:"seed,omitempty"`
	Convention  string  `mapstructure:"convention" json:"convention,omitempty"`
	MaxCalls    int     `mapstructure:"max_calls" json:"max_calls,omitempty"`
	MaxCost     float64 `mapstructure:"max_cost" json:"max_cost,omitempty"`
}

type endpointSettings struct {
	URL               string        `mapstructure:"url"`
	APIKeyEnv         string        `mapstructure:"api_key_env"`
	ChatModel         string        `mapstructure:"chat_model"`
	EmbeddingModel    string        `mapstructure:"embedding_model"`
	Structured        string        `mapstructure:"structured"`
	Timeout           time.Duration `mapstructure:"timeout"`
	Attempts          int           `mapstructure:"attempts"`
	RequestsPerMinute int           `mapstructure:"requests_per_minute"`
	TokensPerMinute   int           `mapstructure:"tokens_per_minute"`
	Concurrency       int           `mapstructure:"concurrency"`
	Prices            []ask.Price   `mapstructure:"prices"`
}

// defaults has a value for every key: viper reads the environment only for
// keys it knows.
func defaults() map[string]any {
	return map[string]any{
		"workspace":                    ".concord",
		"ledger":                       "",
		"max_file_mb":                  256,
		"judge":                        "local",
		"depth":                        40,
		"embedder":                     "local",
		"embedder_model":               "",
		"weights":                      "",
		"judge_model":                  "",
		"calibration":                  "",
		"endpoint.url":                 "",
		"endpoint.api_key_env":         "CONCORD_API_KEY",
		"endpoint.chat_model":          "",
		"endpoint.embedding_model":     "",
		"endpoint.structured":          ask.Auto,
		"endpoint.timeout":             "3m",
		"endpoint.attempts":            6,
		"endpoint.requests_per_minute": 0,
		"endpoint.tokens_per_minute":   0,
		"endpoint.concurrency":         8,
		"endpoint.prices":              []any{},
		"judging.block":                20,
		"judging.least_blocks":         2,
		"judging.most_blocks":          5,
		"judging.stop":                 0.6,
		"judging.samples":              1,
		"judging.confirm":              true,
		"judging.seed":                 0,
		"judging.convention":           "",
		"judging.max_calls":            0,
		"judging.max_cost":             0,
	}
}

// loadSettings merges flags over CONCORD_* variables over the settings file
// over defaults. Flags count by their name, dashes for underscores.
func loadSettings(cmd *cobra.Command) (settings, error) {
	var s settings
	v := viper.New()
	for key, value := range defaults() {
		v.SetDefault(key, value)
	}
	v.SetEnvPrefix("CONCORD")
	v.SetEnvKeyReplacer(strings.NewReplacer(".", "_"))
	path, err := settingsFile(cmd)
	if err != nil {
		return s, err
	}
	if path != "" {
		v.SetConfigFile(path)
		v.SetConfigType("yaml")
		if err := v.ReadInConfig(); err != nil {
			return s, usage(fmt.Errorf("settings file %s: %w", path, err))
		}
		if err := unknownKeys(v, path); err != nil {
			return s, err
		}
		if err := noPassword(v, path); err != nil {
			return s, err
		}
	}
	v.AutomaticEnv()
	for name, key := range flagKeys() {
		if flag := cmd.Flags().Lookup(name); flag != nil && flag.Changed {
			v.Set(key, flag.Value.String())
		}
	}
	if err := v.UnmarshalExact(&s); err != nil {
		return s, usage(fmt.Errorf("settings%s: %w", of(path), err))
	}
	if flag := cmd.Flags().Lookup("depth"); s.Judge == "llm" && flag != nil {
		if !flag.Changed {
			s.Depth = s.Judging.Block * s.Judging.MostBlocks
		}
	}
	return s, s.check()
}

// flagKeys are the flags that settings are read from, wherever a command has
// them, by name.
func flagKeys() map[string]string {
	return map[string]string{
		"workspace": "workspace", "judge": "judge", "depth": "depth", "embedder": "embedder",
		"max-calls": "judging.max_calls", "max-cost": "judging.max_cost", "convention": "judging.convention",
	}
}

func of(path string) string {
	if path == "" {
		return ""
	}
	return " of " + path
}

// settingsFile returns the file to read, "" for none.
func settingsFile(cmd *cobra.Command) (string, error) {
	if path, _ := cmd.Flags().GetString("config"); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", usage(fmt.Errorf("settings file: %w", err))
		}
		return path, nil
	}
	candidates := []string{"config.yaml"}
	if dir, err := os.UserConfigDir(); err == nil {
		candidates = append(candidates, filepath.Join(dir, "concord", "config.yaml"))
	}
	for _, path := range candidates {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("settings file: %w", err)
		}
	}
	return "", nil
}

func unknownKeys(v *viper.Viper, path string) error {
	known := defaults()
	keys := v.AllKeys()
	slices.Sort(keys)
	for _, key := range keys {
		if _, ok := known[key]; !ok {
			return usage(fmt.Errorf("settings file %s: unknown key %q", path, key))
		}
	}
	return nil
}

// noPassword refuses a settings file with a password: keys come from the
// environment only. Its error does not repeat what the file says.
func noPassword(v *viper.Viper, path string) error {
	value := v.Get("ledger")
	at, ok := value.(string)
	switch {
	case value != nil && !ok:
		return usage(fmt.Errorf("settings file %s: ledger is no text: want a URL that begins with postgres://", path))
	case ledger.HasPassword(at):
		return usage(fmt.Errorf("settings file %s: the URL of the ledger holds a password: put the URL into the environment variable CONCORD_LEDGER, or take the password out and put it into PGPASSWORD", path))
	}
	return nil
}

func (s settings) check() error {
	one := func(key, value string, allowed ...string) error {
		if slices.Contains(allowed, value) {
			return nil
		}
		return usage(fmt.Errorf("%s is %q: want one of %s", key, value, strings.Join(allowed, ", ")))
	}
	if err := errors.Join(
		one("judge", s.Judge, "local", "llm"),
		one("embedder", s.Embedder, "local", "remote"),
		one("endpoint.structured", s.Endpoint.Structured, ask.Auto, ask.JSONSchema, ask.JSONObject, ask.Prompt),
	); err != nil {
		return usage(err)
	}
	for _, number := range []struct {
		key      string
		n, least int
	}{
		{"depth", s.Depth, 0},
		{"max_file_mb", s.MaxFileMB, 1},
		{"endpoint.attempts", s.Endpoint.Attempts, 1},
		{"endpoint.requests_per_minute", s.Endpoint.RequestsPerMinute, 0},
		{"endpoint.tokens_per_minute", s.Endpoint.TokensPerMinute, 0},
		{"endpoint.concurrency", s.Endpoint.Concurrency, 1},
		{"judging.block", s.Judging.Block, 1},
		{"judging.least_blocks", s.Judging.LeastBlocks, 1},
		{"judging.most_blocks", s.Judging.MostBlocks, 1},
		{"judging.samples", s.Judging.Samples, 1},
		{"judging.max_calls", s.Judging.MaxCalls, 0},
	} {
		if number.n < number.least {
			return usage(fmt.Errorf("%s is %d: want %d or more", number.key, number.n, number.least))
		}
	}
	for _, p := range s.Endpoint.Prices {
		if p.Model == "" || !(p.Input >= 0 && p.Cached >= 0 && p.Output >= 0) { // NaN is neither
			return usage(fmt.Errorf("endpoint.prices: %q: want a model, and prices that are not negative", p.Model))
		}
	}
	if !(s.Judging.MaxCost >= 0) {
		return usage(fmt.Errorf("judging.max_cost is %v: want 0 or more", s.Judging.MaxCost))
	}
	if math.IsNaN(s.Judging.Stop) {
		return usage(errors.New("judging.stop is no number"))
	}
	if s.Workspace == "" {
		return usage(errors.New("workspace is empty: want a folder"))
	}
	if s.Ledger != "" {
		return usage(ledger.CheckURL(s.Ledger))
	}
	return nil
}
