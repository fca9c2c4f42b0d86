package main

import (
	"bytes"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"concord/embed/local"
)

// trained runs the command and returns the file it writes.
func trained(t *testing.T, args ...string) ([]byte, string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "model.bin")
	var stderr bytes.Buffer
	if code := run(append(args, "--date", "2026-11-22", "--out", out), &stderr); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return data, stderr.String()
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheSameTextsGiveTheSameFile(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	table := write(t, "ours.csv", "id,text\nO-1,Quokkas guard the perimeter at night.\nO-2,Quokkas guard the gate.\n")

	first, said := trained(t, "--texts", table, "--dimensions", "20")
	second, _ := trained(t, "--texts", table, "--dimensions", "20")

	if !bytes.Equal(first, second) {
		t.Error("the same command wrote two different files")
	}
	m, err := local.Parse(first)
	if err != nil {
		t.Fatal(err)
	}
	h := m.Header()
	last := h.Texts[len(h.Texts)-1]
	if last.Framework != "ours@unversioned" || last.Elements != 2 || h.Dimensions != 20 || !strings.Contains(h.Command, "--dimensions 20") {
		t.Errorf("header %+v", h)
	}
	if strings.Contains(h.Command, filepath.Dir(table)) {
		t.Errorf("the header says where files lie on this machine: %s", h.Command)
	}
	v, _ := m.Embed(t.Context(), []string{"quokka"})
	if v[0] == nil {
		t.Error("a word of the file is not known")
	}
	if !strings.Contains(said, "ours@unversioned: 2 elements") || !strings.Contains(said, "pass 4 of 4") {
		t.Errorf("progress: %s", said)
	}
}

func TestAFrameworkLeftOutIsLearnedFromInNoEdition(t *testing.T) {
	o := options{without: []string{"csf"}, settings: usual()}

	texts, err := o.read(io.Discard)
	if err != nil {
		t.Fatal(err)
	}

	for _, x := range texts {
		if strings.HasPrefix(x.source.Framework, "csf@") {
			t.Errorf("%s was read", x.source.Framework)
		}
	}
	if len(texts) < 10 {
		t.Errorf("only %d texts", len(texts))
	}
}

func TestAFolderIsReadForTheFrameworksInIt(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"a.csv": "id,text\nA-1,Doors are locked.\n", "b.jsonl": "{}\n", "notes.md": "# Notes\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var said bytes.Buffer
	o := options{texts: []string{dir, filepath.Join(dir, "a.csv")}}

	texts, err := o.read(&said)
	if err != nil {
		t.Fatal(err)
	}

	if last := texts[len(texts)-1]; last.source.Framework != "a@unversioned" || texts[len(texts)-2].source.Framework == "a@unversioned" {
		t.Errorf("the last text is %+v", last.source)
	}
	for _, want := range []string{"notes.md: left out: it is not a framework", "a.csv: left out: a@unversioned was read"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("nothing says %q: %s", want, said.String())
		}
	}
}

func TestBadCommandsEndWithOneClearLine(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out.bin")
	tests := []struct {
		args []string
		code int
		says string
	}{
		{nil, 2, "--out is missing"},
		{[]string{"--out", out, "stray.csv"}, 2, "stray.csv"},
		{[]string{"--out", out, "--window", "0"}, 2, "1 or more"},
		{[]string{"--out", out, "--date", "today"}, 2, "today"},
		{[]string{"--out", out, "--texts", "nowhere.csv"}, 1, "nowhere.csv"},
		{[]string{"--out", out, "--texts", write(t, "notes.md", "# Notes\n")}, 1, "notes.md"},
		{[]string{"--out", out, "--least", "5000"}, 1, "too few for 100 dimensions"},
	}
	for _, tt := range tests {
		var stderr bytes.Buffer
		if code := run(tt.args, &stderr); code != tt.code || !strings.Contains(stderr.String(), tt.says) {
			t.Errorf("%v: exit code %d: %s", tt.args, code, stderr.String())
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%v: something was written", tt.args)
		}
	}
}

func TestNeighboursCountTheMoreTheNearer(t *testing.T) {
	rows := neighbours([][]int32{{0, 1, 2, 0}}, 3, 2)

	// 0 and 1 stand side by side (2) and, from the second 0, two apart (1).
	want := [3][3]float64{{0, 3, 3}, {3, 0, 2}, {3, 2, 0}}
	for i, r := range rows {
		got := [3]float64{}
		for x, j := range r.at {
			got[j] = r.v[x]
		}
		if got != want[i] {
			t.Errorf("row %d is %v, want %v", i, got, want[i])
		}
	}
}

func TestOnlyCompanyBeyondChanceIsKept(t *testing.T) {
	// 0 and 1 keep to each other, as 2 and 3 do; 0 and 2 met once.
	rows := []row{{[]int32{1, 2}, []float64{9, 1}}, {[]int32{0}, []float64{9}}, {[]int32{0, 3}, []float64{1, 9}}, {[]int32{2}, []float64{9}}}

	associate(rows)

	for i, only := range []int32{1, 0, 3, 2} {
		if len(rows[i].at) != 1 || rows[i].at[0] != only {
			t.Errorf("word %d keeps company with %v", i, rows[i].at)
		}
	}
	// 9 of the 10 meetings of 0 are with 1, which has 9^¾ of 2·10^¾ + 2·9^¾.
	p := math.Pow(9, 0.75) / (2*math.Pow(10, 0.75) + 2*math.Pow(9, 0.75))
	if want := math.Log(0.9 / p); math.Abs(rows[0].v[0]-want) > 1e-12 {
		t.Errorf("association %v, want %v", rows[0].v[0], want)
	}
}

// TestTheSingularVectorsAreThoseOfTheDenseMatrix compares with an exact
// factorisation: what the vectors span must be the same, column by column.
func TestTheSingularVectorsAreThoseOfTheDenseMatrix(t *testing.T) {
	const n, k = 60, 5
	rnd := rand.New(rand.NewPCG(3, 4))
	dense := mat.NewDense(n, n, nil)
	for d := range k + 5 { // of falling weight
		u, v := make([]float64, n), make([]float64, n)
		for i := range n {
			u[i], v[i] = rnd.NormFloat64(), rnd.NormFloat64()
		}
		dense.RankOne(dense, math.Pow(0.5, float64(d)), mat.NewVecDense(n, u), mat.NewVecDense(n, v))
	}
	rows := make([]row, n)
	for i := range n {
		for j := range n {
			rows[i].at = append(rows[i].at, int32(j))
			rows[i].v = append(rows[i].v, dense.At(i, j))
		}
	}
	var exact mat.SVD
	if !exact.Factorize(dense, mat.SVDThin) {
		t.Fatal("no factorisation")
	}
	var u mat.Dense
	exact.UTo(&u)

	got, err := leftSingular(rows, k, 1, io.Discard)
	if err != nil {
		t.Fatal(err)
	}

	for d := range k {
		dot, sum := 0.0, 0.0
		for i := range n {
			dot += got[i][d] * u.At(i, d)
			sum += got[i][d]
		}
		if math.Abs(math.Abs(dot)-1) > 1e-9 || sum < 0 {
			t.Errorf("vector %d: cosine %v with the exact one, sum %v", d, dot, sum)
		}
	}
}

func TestAMatrixWithTooFewDirectionsIsRefused(t *testing.T) {
	rows := make([]row, 10)
	for i := range rows {
		rows[i] = row{[]int32{0, 1}, []float64{1, 2}}
	}
	if _, err := leftSingular(rows, 3, 1, io.Discard); err == nil {
		t.Error("no error")
	}
}
