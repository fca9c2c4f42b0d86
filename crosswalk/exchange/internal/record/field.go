package record

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"concord/crosswalk"
	"concord/internal/cell"
)

// text holds a string as it is.
func text[T any, S ~string](name string, field func(*T) *S) Column[T] {
	return Column[T]{
		Name: name,
		Cell: func(t *T) string { return cell.Encode(string(*field(t))) },
		Set: func(t *T, s string) error {
			*field(t) = S(cell.Decode(s))
			return nil
		},
	}
}

// id holds a string that has no blanks around it.
func id[T any](name string, field func(*T) *string) Column[T] {
	c := text(name, field)
	set := c.Set
	c.Set = func(t *T, s string) error { return set(t, strings.TrimSpace(s)) }
	return c
}

// word holds one of a list of words, or nothing. Case, blanks and dashes do not
// count.
func word[T any, S ~string](name string, field func(*T) *S, parse func(string) (S, error)) Column[T] {
	return Column[T]{
		Name: name,
		Cell: func(t *T) string { return string(*field(t)) },
		Set: func(t *T, s string) error {
			*field(t) = ""
			if s = Key(s); s == "" {
				return nil
			}
			v, err := parse(s)
			*field(t) = v
			return err
		},
	}
}

// number holds a number from 0 to top, or nothing.
func number[T any](name string, top float64, field func(*T) **float64) Column[T] {
	return Column[T]{
		Name: name, Number: true,
		Cell: func(t *T) string {
			if p := *field(t); p != nil {
				return strconv.FormatFloat(*p, 'f', -1, 64)
			}
			return ""
		},
		Set: func(t *T, s string) error {
			*field(t) = nil
			if s = strings.TrimSpace(s); s == "" {
				return nil
			}
			// Where a comma is the decimal sign, spreadsheets write one.
			x, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
			if err != nil || !(x >= 0 && x <= top) {
				return fmt.Errorf("%q is not a number from 0 to %v", s, top)
			}
			*field(t) = &x
			return nil
		},
	}
}

// whole holds a whole number from 0 to top, or nothing.
func whole[T any](name string, top int, field func(*T) **int) Column[T] {
	var x *float64
	c := number(name, float64(top), func(**float64) **float64 { return &x })
	return Column[T]{
		Name: name, Number: true,
		Cell: func(t *T) string {
			if p := *field(t); p != nil {
				return strconv.Itoa(*p)
			}
			return ""
		},
		Set: func(t *T, s string) error {
			*field(t) = nil
			if err := c.Set(nil, s); err != nil || x == nil {
				return err
			}
			if *x != math.Trunc(*x) {
				return fmt.Errorf("%q is not a whole number", s)
			}
			n := int(*x)
			*field(t) = &n
			return nil
		},
	}
}

// moment holds a time to the second, or nothing for the zero time.
func moment[T any](name string, field func(*T) *time.Time) Column[T] {
	return Column[T]{
		Name: name,
		Cell: func(t *T) string {
			if v := *field(t); !v.IsZero() {
				return v.UTC().Format(time.RFC3339)
			}
			return ""
		},
		Set: func(t *T, s string) error {
			*field(t) = time.Time{}
			if s = strings.TrimSpace(s); s == "" {
				return nil
			}
			v, err := time.Parse(time.RFC3339, s)
			if err != nil {
				return fmt.Errorf("%q is not a time such as 2026-01-31T15:04:05Z", s)
			}
			*field(t) = v.UTC().Truncate(time.Second)
			return nil
		},
	}
}

// list holds strings, one a line.
func list[T any](name string, field func(*T) *[]string) Column[T] {
	return Column[T]{
		Name: name,
		Cell: func(t *T) string {
			var lines []string
			for _, item := range *field(t) {
				lines = append(lines, cell.EncodeItem(item))
			}
			return cell.Disarm(strings.Join(lines, "\n"))
		},
		Set: func(t *T, s string) error {
			*field(t) = nil
			for line := range items(s) {
				*field(t) = append(*field(t), cell.DecodeItem(line))
			}
			return nil
		},
	}
}

// quotes holds quotes, one a line, each after the side that it is from.
func quotes[T any](name string, field func(*T) *[]crosswalk.Quote) Column[T] {
	return Column[T]{
		Name: name,
		Cell: func(t *T) string {
			var lines []string
			for _, q := range *field(t) {
				lines = append(lines, string(q.Side)+": "+cell.EncodeItem(q.Text))
			}
			return cell.Disarm(strings.Join(lines, "\n"))
		},
		Set: func(t *T, s string) error {
			*field(t) = nil
			for line := range items(s) {
				side, quote, ok := strings.Cut(line, ":")
				q := crosswalk.Quote{Side: crosswalk.Side(side), Text: cell.DecodeItem(strings.TrimPrefix(quote, " "))}
				if !ok || q.Side != crosswalk.SourceSide && q.Side != crosswalk.TargetSide {
					return fmt.Errorf("%q is not a quote: want a line \"source: words\" or \"target: words\" for each", clip(line))
				}
				*field(t) = append(*field(t), q)
			}
			return nil
		},
	}
}

// items returns the lines of a cell that are not blank.
func items(s string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.SplitSeq(cell.Arm(s), "\n") {
			if strings.TrimSpace(line) != "" && !yield(line) {
				return
			}
		}
	}
}

// clip cuts a text that is too long for an error.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
