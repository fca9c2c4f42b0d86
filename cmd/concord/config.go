package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/viper"

	"concord/internal/ask"
)

// settings are all that config.yaml can say. This is the only file that knows
// of viper.
type settings struct {
	Workspace     string           `mapstructure:"workspace"`
	MaxFileMB     int              `mapstructure:"max_file_mb"`
	Judge         string           `mapstructure:"judge"`
	Depth         int              `mapstructure:"depth"`
	Embedder      string           `mapstructure:"embedder"`
	EmbedderModel string           `mapstructure:"embedder_model"`
	Weights       string           `mapstructure:"weights"`
	JudgeModel    string           `mapstructure:"judge_model"`
	Endpoint      endpointSettings `mapstructure:"endpoint"`
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
	InputPrice        float64       `mapstructure:"input_price"`
	OutputPrice       float64       `mapstructure:"output_price"`
}

// defaults has a value for every key: viper reads the environment only for
// keys it knows.
func defaults() map[string]any {
	return map[string]any{
		"workspace":                    ".concord",
		"max_file_mb":                  256,
		"judge":                        "local",
		"depth":                        40,
		"embedder":                     "local",
		"embedder_model":               "",
		"weights":                      "",
		"judge_model":                  "",
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
		"endpoint.input_price":         0,
		"endpoint.output_price":        0,
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
	v.AutomaticEnv()
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
	}
	for _, key := range []string{"workspace", "judge", "depth", "embedder"} {
		if flag := cmd.Flags().Lookup(key); flag != nil && flag.Changed {
			v.Set(key, flag.Value.String())
		}
	}
	if err := v.UnmarshalExact(&s); err != nil {
		return s, usage(fmt.Errorf("settings%s: %w", of(path), err))
	}
	return s, s.check()
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
	} {
		if number.n < number.least {
			return usage(fmt.Errorf("%s is %d: want %d or more", number.key, number.n, number.least))
		}
	}
	if s.Endpoint.InputPrice < 0 || s.Endpoint.OutputPrice < 0 {
		return usage(errors.New("endpoint.input_price and endpoint.output_price must not be negative"))
	}
	if s.Workspace == "" {
		return usage(errors.New("workspace is empty: want a folder"))
	}
	return nil
}
