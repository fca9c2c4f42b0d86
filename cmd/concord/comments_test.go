package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"concord/crosswalk/comment"
)

// returned fills in the template at a path, by cells of the sheet "Comments",
// and saves it under another name.
func returned(t *testing.T, path, as string, cells map[string]string) {
	t.Helper()
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	for at, text := range cells {
		if err := book.SetCellStr("Comments", at, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.SaveAs(as); err != nil {
		t.Fatal(err)
	}
}

// listing is what comments list --json prints, as far as the tests look.
type listing struct {
	Summary  comment.Summary
	Comments []struct {
		Short, Comment, Disposition, Reason, By string
		Rows                                    []struct {
			Row, Source, Target, State string
			Bound                      bool
			Changes                    []struct{ Of, Old, New string }
		}
		Unbound []struct{ Reference, Why string }
	}
}

// TestACommentRound exports a pack, has it filled in, takes it in, binds,
// answers and reports, and drafts a new edition after that.
func TestACommentRound(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	run := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		code, stdout, stderr := call(t, args...)
		if code != want {
			t.Fatalf("concord %q: exit code %d: %s%s", args, code, stdout, stderr)
		}
		return stdout, stderr
	}
	list := func(args ...string) (l listing) {
		t.Helper()
		stdout, _ := run(exitOK, append([]string{"comments", "list", "--json"}, args...)...)
		if err := json.Unmarshal([]byte(stdout), &l); err != nil {
			t.Fatal(err)
		}
		return l
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := "id,text\nH-1,Keep a list of all accounts and review it.\nH-2,Encrypt stored records with approved cryptography.\n"
	write("house.csv", old)
	write("yard.csv", "id,text\nY-1,Accounts are listed and reviewed each year.\nY-2,Stored records are encrypted with approved cryptography.\n")
	if _, stderr := run(exitUsage, "comments", "list"); !strings.Contains(stderr, "no draft yet") {
		t.Error(stderr)
	}
	run(exitOK, "draft", "--from", "house.csv", "--to", "yard.csv")
	if _, stderr := run(exitUsage, "comments", "export", "--out", "pack"); !strings.Contains(stderr, "--drafts") {
		t.Error(stderr)
	}
	run(exitOK, "comments", "export", "--drafts", "--round", "June", "--out", "pack")

	page, err := os.ReadFile(filepath.Join("pack", "read.html"))
	if err != nil || !strings.Contains(string(page), "For comment: June") || strings.Contains(string(page), "<script") {
		t.Fatalf("%v, %.300s", err, page)
	}
	template := filepath.Join("pack", "comments.xlsx")
	book, err := excelize.OpenFile(template)
	if err != nil {
		t.Fatal(err)
	}
	id, _ := book.GetCellValue("Rows", "B2")
	book.Close()
	if !strings.Contains(string(page), `id="`+id+`"`) {
		t.Errorf("the page does not show %q", id)
	}

	returned(t, template, "ada.xlsx", map[string]string{"C5": strings.ToLower(id), "D5": "Ada", "F5": "=too strong", "C6": "H-2 -> Y-2", "D6": "Ada", "F6": "fine", "C7": "Y-99", "D7": "Ada", "F7": "what of this?"})
	write("bad.csv", "no,table\n")
	stdout, _ := run(exitUsage, "comments", "import", "ada.xlsx", "bad.csv")
	for _, want := range []string{"ada.xlsx: 3 comments added, 0 known", `sheet "Comments", row 7: "Y-99": there is no such row or element; did you mean`, "bad.csv: read comments: no header"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("import does not say %q: %s", want, stdout)
		}
	}
	if stdout, _ = run(exitOK, "comments", "import", "ada.xlsx"); !strings.Contains(stdout, "0 comments added, 3 known") {
		t.Error(stdout)
	}
	l := list()
	if len(l.Comments) != 3 || l.Comments[0].Rows[0].Row != id || l.Comments[1].Rows[0].Target != "Y-2" || len(l.Comments[2].Rows) != 0 || l.Summary.Unbound != 1 {
		t.Fatalf("%+v", l)
	}

	lost := l.Comments[2].Short
	if _, stderr := run(exitUsage, "comments", "bind", lost, "--row", "Y-98", "--by", "grace"); !strings.Contains(stderr, "did you mean Y-1 or Y-2?") {
		t.Error(stderr)
	}
	run(exitOK, "comments", "bind", strings.ToLower(lost), "--row", "Y-1", "--by", "grace")
	run(exitUsage, "comments", "dispose", lost, "--as", "maybe", "--reason", "x", "--by", "grace")
	run(exitUsage, "comments", "dispose", "C-NOSUCH00", "--as", "noted", "--reason", "x", "--by", "grace")
	run(exitOK, "comments", "dispose", l.Comments[0].Short, lost, "--as", "accepted", "--reason", "=so be it", "--by", "grace")
	run(exitOK, "comments", "dispose", lost, "--as", "noted", "--reason", "thanks", "--by", "grace")
	if l = list("--open"); len(l.Comments) != 1 || l.Comments[0].Comment != "fine" {
		t.Errorf("%+v", l)
	}
	for _, format := range []string{"markdown", "html", "csv", "xlsx"} {
		run(exitOK, "comments", "report", "--format", format, "--out", "report."+format)
	}
	if _, stderr := run(exitUsage, "comments", "report", "--out", "report.zip"); !strings.Contains(stderr, "report.zip: no format has files of that name") {
		t.Error(stderr)
	}
	report, err := os.ReadFile("report.csv")
	if err != nil || !strings.Contains(string(report), "'=so be it") || !strings.Contains(string(report), "thanks,grace") || strings.Contains(string(report), "Y-99: ") {
		t.Errorf("%v, %s", err, report)
	}

	// A new edition: one source says something else.
	write("house.csv", strings.Replace(old, "Keep a list of all accounts", "Keep a register of all accounts", 1))
	run(exitOK, "draft", "--from", "house.csv", "--to", "yard.csv")
	l = list("--changed")
	if len(l.Comments) != 1 || l.Comments[0].Rows[0].State != "changed" || l.Comments[0].Disposition != "accepted" ||
		!strings.Contains(l.Comments[0].Rows[0].Changes[0].Old, "a list of") || !strings.Contains(l.Comments[0].Rows[0].Changes[0].New, "a register of") {
		t.Errorf("%+v", l)
	}
	if stdout, _ = run(exitOK, "comments", "list"); !strings.Contains(stdout, "[-list-] {+register+}") {
		t.Error(stdout)
	}
	returned(t, template, "late.xlsx", map[string]string{"C5": id, "D5": "Late", "F5": "too late?", "C6": "H-2 -> Y-2", "D6": "Late", "F6": "in time"})
	stdout, _ = run(exitOK, "comments", "import", "late.xlsx")
	for _, want := range []string{"2 comments added", "it answers run", "1 of 2 places named are the same in both", "its text is another in run"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("a late import does not say %q: %s", want, stdout)
		}
	}
	if l = list("--unbound"); len(l.Comments) != 1 || l.Comments[0].Comment != "too late?" || l.Comments[0].Rows[0].Bound || len(l.Comments[0].Rows[0].Changes) == 0 {
		t.Errorf("%+v", l)
	}

	// Another crosswalk has comments of its own.
	run(exitOK, "draft", "--from", "yard.csv", "--to", "house.csv")
	if _, stderr := run(exitOK, "comments", "list"); !strings.Contains(stderr, "5 comments on crosswalks between other frameworks") {
		t.Error(stderr)
	}
	if stdout, _ = run(exitOK, "comments", "import", "ada.xlsx"); !strings.Contains(stdout, "0 comments added, 3 known") {
		t.Error(stdout)
	}
	returned(t, template, "stray.xlsx", map[string]string{"C5": id, "D5": "Ada", "F5": "on the other one"})
	stdout, _ = run(exitUsage, "comments", "import", "stray.xlsx")
	_, its, _ := strings.Cut(stdout, "stray.xlsx: it answers run ")
	its, _, _ = strings.Cut(its, " ")
	if !strings.Contains(stdout, "nothing of it is taken") {
		t.Error(stdout)
	}
	if stdout, _ = run(exitOK, "comments", "import", "stray.xlsx", "--run", its); !strings.Contains(stdout, "1 comment added, 0 known") || strings.Contains(stdout, "not bound") {
		t.Error(stdout)
	}
}
