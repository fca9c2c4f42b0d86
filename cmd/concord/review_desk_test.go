package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// drafted makes a small draft in an empty folder and returns the id of its run.
func drafted(t *testing.T) string {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	code, stdout, stderr := call(t, "draft", "--from", "csf", "--to", "ssdf", "--depth", "3", "--json")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	m := regexp.MustCompile(`"run": ?"([0-9a-f-]{36})"`).FindStringSubmatch(stdout)
	if m == nil {
		t.Fatalf("names no run: %s", stdout)
	}
	return m[1]
}

// desk starts concord review with these flags and returns the lines that it
// prints and a function that stops it.
func desk(t *testing.T, lines int, args ...string) (printed []string, stop func() (talk string, err error)) {
	t.Helper()
	ctx, interrupt := context.WithCancel(t.Context())
	out, in := io.Pipe()
	var talk bytes.Buffer
	root := newRoot()
	root.SetArgs(append([]string{"review", "--addr", "127.0.0.1:0"}, args...))
	root.SetOut(in)
	root.SetErr(&talk)
	ended := make(chan error, 1)
	go func() {
		err := root.ExecuteContext(ctx)
		in.CloseWithError(err)
		ended <- err
	}()
	t.Cleanup(interrupt)
	from := bufio.NewReader(out)
	for range lines {
		line, err := from.ReadString('\n')
		if err != nil {
			t.Fatalf("%v: %s", err, talk.String())
		}
		printed = append(printed, strings.TrimSpace(line))
	}
	return printed, func() (string, error) {
		interrupt()
		err := <-ended
		return talk.String(), err
	}
}

// openDesk follows an address as a browser does and returns the page of the first
// pair.
func openDesk(t *testing.T, client *http.Client, address string) (page string) {
	t.Helper()
	client.Jar, _ = cookiejar.New(nil)
	address, _, _ = strings.Cut(address, " ") // the name stands behind it
	for _, path := range []string{address, strings.Split(address, "/?")[0] + "/pair"} {
		answer, err := client.Get(path)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %s", path, answer.StatusCode, b)
		}
		page = string(b)
	}
	return page
}

// accept posts the form of a page as it is.
func accept(t *testing.T, client *http.Client, origin, page string) {
	t.Helper()
	form := url.Values{"action": {"accept"}, "took": {"800"}}
	_, rest, _ := strings.Cut(page, `id="decide"`)
	for _, m := range regexp.MustCompile(`type="(?:hidden|number)" name="(id|sha256|strength)"[^>]* value="([^"]*)"`).FindAllStringSubmatch(rest, -1) {
		form.Set(m[1], m[2])
	}
	for _, m := range regexp.MustCompile(`type="radio" name="([a-z_]+)" value="([a-z_]+)" checked`).FindAllStringSubmatch(rest, -1) {
		form.Set(m[1], m[2])
	}
	answer, err := client.PostForm(origin+"/decide", form)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(answer.Body)
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK || !strings.Contains(string(b), "Saved: ") {
		t.Fatalf("%d: %s", answer.StatusCode, b)
	}
}

func TestTheDeskKeepsWhatReviewersDecideUntilItIsStopped(t *testing.T) {
	run := drafted(t)
	printed, stop := desk(t, 2, "--reviewer", "Lovelace, Ada", "--reviewer", "grace", "--run", run)
	for _, address := range printed {
		client := &http.Client{}
		accept(t, client, strings.Split(address, "/?")[0], openDesk(t, client, address))
	}

	talk, err := stop()

	if err != nil || !strings.Contains(talk, "Lovelace, Ada, grace on run ") || strings.Contains(talk, "token=") {
		t.Errorf("%v: %s", err, talk)
	}
	if code, stdout, stderr := call(t, "export", "--format", "csv"); code != exitOK || !strings.Contains(stdout, "Lovelace, Ada") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}

func TestOtherMachinesReachTheDeskByTLSAndATokenOfTheirOwn(t *testing.T) {
	drafted(t)
	certificate := certify(t)
	token := strings.Repeat("k", 40)
	if err := os.WriteFile("tokens.txt", []byte("# who\n\nAda Lovelace "+token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	printed, stop := desk(t, 1, "--addr", "0.0.0.0:0", "--allow-remote", "--host", "desk.example:443",
		"--tls-cert", "cert.pem", "--tls-key", "key.pem", "--tokens", "tokens.txt")

	if printed[0] != "https://desk.example/?token=TOKEN" {
		t.Errorf("prints %s", printed[0])
	}
	talk, err := stop()

	if err != nil || !strings.Contains(talk, "Ada Lovelace on run") || strings.Contains(talk, token) {
		t.Errorf("%v: %s", err, talk)
	}
	host := "127.0.0.1:" + freePort(t)
	_, stop = desk(t, 1, "--addr", host, "--tls-cert", "cert.pem", "--tls-key", "key.pem", "--tokens", "tokens.txt")
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: certificate}}}
	accept(t, client, "https://"+host, openDesk(t, client, "https://"+host+"/?token="+token))
	if talk, err := stop(); err != nil {
		t.Errorf("%v: %s", err, talk)
	}
}

func TestADeskThatStrangersCouldReachIsRefused(t *testing.T) {
	drafted(t)
	certify(t)
	for name, text := range map[string]string{
		"open.txt": "ada " + strings.Repeat("k", 40), "short.txt": "ada secret\n", "alone.txt": "just-a-word\n", "none.txt": "# nobody\n",
		"role.txt": "ada " + strings.Repeat("j", 40) + " reader\ngrace " + strings.Repeat("k", 40) + " boss\n",
		"two.txt":  "ada " + strings.Repeat("k", 40) + " " + strings.Repeat("j", 40) + "\n", "late.txt": "ada lovelace reader\n",
		"same.txt": "ada " + strings.Repeat("k", 40) + "\ngrace " + strings.Repeat("k", 40) + "\n",
	} {
		mode := os.FileMode(0o600)
		if name == "open.txt" {
			mode = 0o644
		}
		if err := os.WriteFile(name, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	remote := []string{"--addr", "0.0.0.0:0", "--allow-remote"}
	secure := append(remote, "--tls-cert", "cert.pem", "--tls-key", "key.pem")
	for _, c := range []struct {
		says string
		args []string
	}{
		{"add --allow-remote", []string{"--addr", "0.0.0.0:0"}},
		{"add --allow-remote", []string{"--addr", "192.0.2.1:8484"}},
		{"--tls-cert", remote},
		{"--tokens", secure},
		{"--host", append(secure, "--tokens", "same.txt")},
		{"chmod 600", append(secure, "--host", "h:1", "--tokens", "open.txt")},
		{"32 characters", append(secure, "--host", "h:1", "--tokens", "short.txt")},
		{"alone.txt line 1: want a name and then a token", append(secure, "--host", "h:1", "--tokens", "alone.txt")},
		{"names no reviewer", append(secure, "--host", "h:1", "--tokens", "none.txt")},
		{"of each one's own", append(secure, "--host", "h:1", "--tokens", "same.txt")},
		{"leave out --reviewer", append(secure, "--host", "h:1", "--tokens", "same.txt", "--reviewer", "ada")},
		{"leave out --reader", append(secure, "--host", "h:1", "--tokens", "same.txt", "--reader", "ada")},
		{"role.txt line 2: want a name and then a token", append(secure, "--host", "h:1", "--tokens", "role.txt")},
		{"a role is reviewer, adjudicator or reader", append(secure, "--host", "h:1", "--tokens", "role.txt")},
		{"two.txt line 1: want one token", append(secure, "--host", "h:1", "--tokens", "two.txt")},
		{"late.txt line 1: want a name and then a token", append(secure, "--host", "h:1", "--tokens", "late.txt")},
		{"of each one's own", []string{"--reviewer", "ada", "--reader", "ada"}},
		{"want a name of printable", []string{"--adjudicator", ""}},
		{"certificate nosuch.pem", []string{"--tls-cert", "nosuch.pem", "--tls-key", "key.pem"}},
		{"want a name of printable", []string{"--reviewer", ""}},
		{"blind share", []string{"--addr", "127.0.0.1:0", "--blind", "1.2"}},
		{"no run", []string{"--addr", "127.0.0.1:0", "--run", "nosuch"}},
	} {
		args := append([]string{"review", "--addr", "127.0.0.1:0"}, c.args...)
		if code, _, stderr := call(t, args...); code != exitUsage || !strings.Contains(stderr, c.says) || strings.Contains(stderr, "kkkk") {
			t.Errorf("concord %v: exit code %d: %s", args, code, stderr)
		}
	}
	t.Chdir(t.TempDir())
	if code, _, stderr := call(t, "review", "--addr", "127.0.0.1:0"); code != exitUsage || !strings.Contains(stderr, "concord draft") {
		t.Errorf("without a draft: exit code %d: %s", code, stderr)
	}
}

// certify writes a certificate for this machine and its key into the folder, and
// returns who trusts it.
func certify(t *testing.T) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	own := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	cert, err := x509.CreateCertificate(rand.Reader, own, own, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: cert}, "key.pem": {Type: "PRIVATE KEY", Bytes: secret}} {
		text := pem.EncodeToMemory(block)
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		pool.AppendCertsFromPEM(text)
	}
	return pool
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}
