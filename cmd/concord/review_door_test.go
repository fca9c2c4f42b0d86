package main

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"concord/crosswalk/review"
)

func TestALineOfTheTokensFileHasANameATokenAndPerhapsARole(t *testing.T) {
	token := strings.Repeat("k", 32)
	for line, want := range map[string]review.Reviewer{
		"ada " + token:                                    {Name: "ada", Token: token},
		"Ada  King Lovelace\t" + token:                    {Name: "Ada  King Lovelace", Token: token},
		"ada " + token + " reviewer":                      {Name: "ada", Token: token, Role: review.RoleReviewer},
		"Ada Lovelace " + token + "\tadjudicator":         {Name: "Ada Lovelace", Token: token, Role: review.RoleAdjudicator},
		"the reader " + token + "  reader":                {Name: "the reader", Token: token, Role: review.RoleReader},
		"reader " + token:                                 {Name: "reader", Token: token},
		"ada.lovelace@analytical.engine.example " + token: {Name: "ada.lovelace@analytical.engine.example", Token: token},
	} {
		if got, err := tokenLine(line); err != nil || got != want {
			t.Errorf("%q is read as %+v, %v", line, got, err)
		}
	}
}

func FuzzALineOfTheTokensFileShowsNoToken(f *testing.F) {
	for _, seed := range []string{"ada ", "Ada Lovelace\t", "reader ", "", "a b c d "} {
		for _, behind := range []string{"", " reader", " boss", " adjudicator x", "\treviewer"} {
			f.Add(seed, behind)
		}
	}
	const token = "Q0123456789abcdef0123456789abcdefQ"
	f.Fuzz(func(t *testing.T, before, behind string) {
		line := strings.TrimSpace(before + " " + token + " " + behind)
		if strings.ContainsAny(line, "\n") {
			return
		}

		got, err := tokenLine(line)

		switch {
		case err != nil && strings.Contains(err.Error(), token):
			t.Errorf("%q: %v", line, err)
		case err == nil && strings.Contains(got.Name, token) && strings.Contains(" "+got.Name+" ", " "+token+" "):
			t.Errorf("%q has the name %q", line, got.Name)
		case err == nil && (got.Name == "" || len(got.Token) < shortest):
			t.Errorf("%q is read as %+v", line, got)
		}
	})
}

func TestTheDeskSeatsAdjudicatorsAndReaders(t *testing.T) {
	drafted(t)
	printed, stop := desk(t, 3, "--reviewer", "ada", "--adjudicator", "grace", "--reader", "audit")
	for i, says := range []string{"Reviewer: ada", "Adjudicator: grace", "Reader: audit"} {
		client := &http.Client{}
		page := openDesk(t, client, printed[i])
		if !strings.HasSuffix(printed[i], []string{"  ada", "  grace (adjudicator)", "  audit (reader)"}[i]) {
			t.Errorf("does not say whose address it is: %q", printed[i])
		}
		if !strings.Contains(page, says) || strings.Contains(page, `id="decide"`) != (i < 2) {
			t.Errorf("%s is not what %s shows", says, printed[i])
		}
		if i < 2 {
			accept(t, client, strings.Split(printed[i], "/?")[0], page)
		}
	}

	talk, err := stop()

	if err != nil || !strings.Contains(talk, "ada, grace (adjudicator), audit (reader) on run ") {
		t.Errorf("%v: %s", err, talk)
	}
	if err := os.WriteFile("tokens.txt", []byte("ada "+strings.Repeat("k", 40)+"\nThe Auditor "+strings.Repeat("j", 40)+" reader\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	host := "127.0.0.1:" + freePort(t)
	_, stop = desk(t, 1, "--addr", host, "--tokens", "tokens.txt")
	if page := openDesk(t, &http.Client{}, "http://"+host+"/?token="+strings.Repeat("j", 40)); !strings.Contains(page, "Reader: The Auditor") {
		t.Error("a role of the file is not that of the seat")
	}
	if talk, err := stop(); err != nil || !strings.Contains(talk, "ada, The Auditor (reader) on run") {
		t.Errorf("%v: %s", err, talk)
	}
}
