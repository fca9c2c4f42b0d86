package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	"concord/crosswalk/review"
)

// A door is how reviewers come to the desk.
type door struct {
	addr, host  string
	certificate *tls.Certificate // nil for none
	reviewers   []review.Reviewer
	tokens      string // file that they are from; empty if they were made up
}

// doorOf reads the flags. Other machines are let in only where everything is
// there that keeps strangers out.
func doorOf(cmd *cobra.Command) (*door, error) {
	d := &door{}
	d.addr, _ = cmd.Flags().GetString("addr")
	d.host, _ = cmd.Flags().GetString("host")
	d.tokens, _ = cmd.Flags().GetString("tokens")
	cert, _ := cmd.Flags().GetString("tls-cert")
	key, _ := cmd.Flags().GetString("tls-key")
	if away := onThisMachine(d.addr); away != nil {
		switch remote, _ := cmd.Flags().GetBool("allow-remote"); {
		case !remote:
			return nil, fmt.Errorf("%w; to let other machines in, add --allow-remote with --tls-cert, --tls-key and --tokens", away)
		case cert == "" || key == "":
			return nil, errors.New("--allow-remote needs a certificate: add --tls-cert FILE and --tls-key FILE")
		case d.tokens == "":
			return nil, errors.New("--allow-remote needs named reviewers: add --tokens FILE, a line for each with the name and a token of 32 characters or more")
		}
	}
	if cert != "" || key != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("certificate %s with key %s: %w", cert, key, err)
		}
		d.certificate = &pair
	}
	host, _, err := net.SplitHostPort(d.addr)
	if err != nil {
		return nil, fmt.Errorf("address %q: want host:port", d.addr)
	}
	if ip := net.ParseIP(host); d.host == "" && (host == "" || ip != nil && ip.IsUnspecified()) {
		return nil, fmt.Errorf("%s is every address of this machine: say with --host which host and port browsers name", d.addr)
	}
	if d.tokens == "" {
		d.reviewers, err = seatsOf(cmd)
		return d, err
	}
	for _, role := range []string{"reviewer", "adjudicator", "reader"} {
		if cmd.Flags().Changed(role) {
			return nil, fmt.Errorf("--tokens names the reviewers: leave out --%s", role)
		}
	}
	d.reviewers, err = tokensOf(d.tokens)
	return d, err
}

// seatsOf makes up a token for everybody whom the flags name: reviewers, then
// adjudicators, then readers. The account reviews where nobody is named who
// decides.
func seatsOf(cmd *cobra.Command) (seats []review.Reviewer, err error) {
	for _, role := range []review.Role{review.RoleReviewer, review.RoleAdjudicator, review.RoleReader} {
		names, _ := cmd.Flags().GetStringArray(string(role))
		if cmd.Flags().Changed(string(role)) && len(names) == 0 { // a flag with nothing in it
			names = []string{""}
		}
		for _, name := range names {
			seats = append(seats, review.Reviewer{Name: strings.TrimSpace(name), Role: role, Token: rand.Text() + rand.Text()})
		}
	}
	if cmd.Flags().Changed("reviewer") || cmd.Flags().Changed("adjudicator") {
		return seats, nil
	}
	account, err := user.Current()
	if err != nil || account.Username == "" {
		return nil, errors.New("the name of the account is not known: say who decides with --reviewer")
	}
	return append([]review.Reviewer{{Name: account.Username, Role: review.RoleReviewer, Token: rand.Text() + rand.Text()}}, seats...), nil
}

// announce prints the address of everybody, with the name where there are several:
// whoever has the address of another decides as that one. The tokens of a file are
// known to their reviewers, and to nobody else.
func (d *door) announce(cmd *cobra.Command, desk *review.Desk) {
	if d.tokens != "" {
		fmt.Fprintln(cmd.OutOrStdout(), desk.Address(review.Reviewer{Token: "TOKEN"}))
		return
	}
	for _, r := range d.reviewers {
		line := desk.Address(r)
		if len(d.reviewers) > 1 { // whose it is
			line += "  " + called(r)
		}
		fmt.Fprintln(cmd.OutOrStdout(), line)
	}
}

// called names somebody, with what is more or less than a reviewer.
func called(r review.Reviewer) string {
	if r.Role == review.RoleAdjudicator || r.Role == review.RoleReader {
		return fmt.Sprintf("%s (%s)", oneLine(r.Name), r.Role)
	}
	return oneLine(r.Name)
}

// names lists everybody.
func (d *door) names() string {
	var names []string
	for _, r := range d.reviewers {
		names = append(names, called(r))
	}
	return strings.Join(names, ", ")
}

// open listens.
func (d *door) open(ctx context.Context) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", d.addr)
	if err != nil {
		return nil, fmt.Errorf("%w: choose another address with --addr", err)
	}
	d.host = cmp.Or(d.host, listener.Addr().String())
	if d.certificate != nil {
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{*d.certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}})
	}
	return listener, nil
}

// tokensOf reads a file of reviewers and tokens, each with a role or without. An
// error never shows a token.
func tokensOf(path string) ([]review.Reviewer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others: chmod 600 it", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var out []review.Reviewer
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		r, err := tokenLine(line)
		if err != nil {
			return nil, fmt.Errorf("%s line %d: %w", path, i+1, err)
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s names no reviewer", path)
	}
	return out, nil
}

// shortest is how many characters a token has at least: more than any role, so
// that the last word of a line is plainly the one or the other.
const shortest = 32

// tokenLine reads a line of a name of one word or more, a token and perhaps a
// role.
func tokenLine(line string) (r review.Reviewer, err error) {
	words := strings.Fields(line)
	last := len(words) - 1
	if len(words[last]) < shortest {
		if r.Role, err = review.ParseRole(words[last]); err != nil {
			return r, fmt.Errorf("want a name and then a token of %d characters or more, and behind it nothing or a role: %w", shortest, err)
		}
		last--
	}
	if last < 1 || len(words[last]) < shortest {
		return r, fmt.Errorf("want a name and then a token of %d characters or more", shortest)
	}
	for _, word := range words[:last] {
		if len(word) >= shortest && strings.Trim(word, review.TokenCharacters) == "" { // no name to be shown
			return r, errors.New("want one token, and it has what looks like two")
		}
	}
	r.Token = words[last]
	r.Name = strings.TrimSpace(line[:strings.LastIndex(line, r.Token)])
	return r, nil
}
