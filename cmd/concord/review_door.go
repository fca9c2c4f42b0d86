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
	names, _ := cmd.Flags().GetStringArray("reviewer")
	if d.tokens != "" {
		if len(names) > 0 {
			return nil, errors.New("--tokens names the reviewers: leave out --reviewer")
		}
		d.reviewers, err = tokensOf(d.tokens)
		return d, err
	}
	if !cmd.Flags().Changed("reviewer") {
		account, err := user.Current()
		if err != nil || account.Username == "" {
			return nil, errors.New("the name of the account is not known: say who decides with --reviewer")
		}
		names = []string{account.Username}
	} else if len(names) == 0 { // a flag with nothing in it
		names = []string{""}
	}
	for _, name := range names {
		d.reviewers = append(d.reviewers, review.Reviewer{Name: strings.TrimSpace(name), Token: rand.Text() + rand.Text()})
	}
	return d, nil
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

// tokensOf reads a file of reviewers and tokens. An error never shows a token.
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
		at := strings.LastIndexAny(line, " \t")
		if at < 0 {
			return nil, fmt.Errorf("%s line %d: want a name and then a token", path, i+1)
		}
		out = append(out, review.Reviewer{Name: strings.TrimSpace(line[:at]), Token: line[at+1:]})
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s names no reviewer", path)
	}
	return out, nil
}
