package corpus

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
)

var (
	control53   = regexp.MustCompile(`^([A-Za-z]{2})-0*(\d+)(?:[-. ]?\(?0*(\d+)\)?)?$`)
	subcategory = regexp.MustCompile(`^([A-Z]{2}\.[A-Z]{2})-0*(\d+)$`)
	atlasID     = regexp.MustCompile(`^AML[-.](TA|T|M|CS)(\d{4})(\.\d{3})?$`)
	space       = regexp.MustCompile(`\s+`)
)

// NormalizeID turns the spellings of an id that publishers use into one:
//
//	sp800-53    AC-02(03), ac-2.3, ac-02.03, AC-2-(3), AC-02 (03)  →  AC-2(3)
//	csf 2.0     GV.OC-1                                            →  GV.OC-01
//	csf 1.1     ID.AM-01                                           →  ID.AM-1
//	mitre-atlas AML-M0000                                          →  AML.M0000
//	sp800-171   SP_800_171_03.01.01                                →  03.01.01
//
// Other ids keep their spelling; white space is trimmed and folded.
func NormalizeID(framework, edition, printed string) string {
	id := space.ReplaceAllString(strings.TrimSpace(printed), " ")
	switch framework {
	case "sp800-53", "sp800-53b":
		if m := control53.FindStringSubmatch(id); m != nil {
			id = strings.ToUpper(m[1]) + "-" + m[2]
			if m[3] != "" {
				id += "(" + m[3] + ")"
			}
		} else if len(id) == 2 {
			id = strings.ToUpper(id)
		}
	case "csf", "cyber-ai-profile":
		id, cell, isCell := strings.Cut(id, "#")
		if m := subcategory.FindStringSubmatch(id); m != nil {
			n, _ := strconv.Atoi(m[2])
			id = m[1] + "-" + m[2]
			if n < 10 && edition != "1.1" {
				id = m[1] + "-0" + strconv.Itoa(n)
			}
		}
		if isCell {
			return id + "#" + strings.ToLower(cell)
		}
		return id
	case "mitre-atlas":
		if m := atlasID.FindStringSubmatch(id); m != nil {
			id = "AML." + m[1] + m[2] + m[3]
		}
	case "sp800-171":
		id = strings.TrimPrefix(id, "SP_800_171_")
	}
	return id
}

// known recognises a document by what its title or identifier says. The first
// that matches wins; the first group, if there is one, is the edition.
var known = []struct {
	name, edition string
	pattern       *regexp.Regexp
}{
	{"cyber-ai-profile", "", regexp.MustCompile(`(?i)IR[ .]?8596[ .]?(iprd|ipd|fpd)?`)},
	{"ssdf-ai", "1.0", regexp.MustCompile(`(?i)800[-_]218A`)},
	{"ssdf", "1.1", regexp.MustCompile(`(?i)800[-_]218\b|\bSSDF\b`)},
	{"sp800-171", "", regexp.MustCompile(`(?i)800[-_]171[ _,]*r(?:ev(?:ision)?)?[ .]*(\d)`)},
	{"sp800-171", "", regexp.MustCompile(`(?i)800_171_(\d)|800-171`)},
	{"sp800-53b", "", regexp.MustCompile(`(?i)800[-_ ]53_?B\b|800_53_B_`)},
	{"sp800-53", "", regexp.MustCompile(`(?i)800[-_ ]53`)},
	{"csf", "", regexp.MustCompile(`(?i)Cybersecurity Framework[^0-9]*([12]\.[01])`)},
	{"csf", "", regexp.MustCompile(`(?i)\bCSF[_ v-]*([12])[._]([01])`)},
	{"ai-600-1", "2024-07", regexp.MustCompile(`(?i)\bAI[- ]600-1\b`)},
	{"ai-rmf", "1.0", regexp.MustCompile(`(?i)\bAI[- ]RMF\b|\bAI 100-1\b|AI Risk Management Framework`)},
	{"mitre-atlas", "", regexp.MustCompile(`(?i)Adversarial Threat Landscape|\bMITRE ATLAS\b`)},
}

// Recognize returns the canonical name and edition of a document from the
// title it carries and the version its file states, or "" if it is none that
// has a canonical name.
func Recognize(title, version string) (name, edition string) {
	for _, k := range known {
		m := k.pattern.FindStringSubmatch(title)
		if m == nil {
			continue
		}
		edition = k.edition
		if edition == "" && len(m) > 1 {
			edition = strings.ToLower(strings.Join(m[1:], "."))
			edition = strings.Trim(edition, ".")
		}
		if edition == "" {
			edition = strings.TrimSuffix(version, "-assembled")
		}
		switch k.name {
		case "sp800-171":
			edition = "r" + strings.TrimPrefix(edition, "r")
		case "sp800-53":
			if b := baseline.FindStringSubmatch(title); b != nil {
				edition += "-" + strings.ToLower(b[1])
			}
		}
		return k.name, edition
	}
	return "", ""
}

var baseline = regexp.MustCompile(`(?i)\b(low|moderate|high|privacy)[- ](?:impact )?baseline\b`)

// CompareEditions orders editions of one framework, older first: numbers by
// their value, words by the alphabet, a number after a word, a longer edition
// after one that it continues. What follows a dash is a part of the edition
// before it, such as a baseline, and comes before the whole.
func CompareEditions(a, b string) int {
	a, partA, isPartA := strings.Cut(a, "-")
	b, partB, isPartB := strings.Cut(b, "-")
	if whole := compareNumbered(a, b); whole != 0 || isPartA && isPartB {
		return cmp.Or(whole, compareNumbered(partA, partB))
	}
	switch {
	case isPartA:
		return -1
	case isPartB:
		return 1
	}
	return 0
}

func compareNumbered(a, b string) int {
	x, y := editionParts.FindAllString(a, -1), editionParts.FindAllString(b, -1)
	for i := range min(len(x), len(y)) {
		m, errM := strconv.Atoi(x[i])
		n, errN := strconv.Atoi(y[i])
		switch {
		case errM == nil && errN == nil:
			if m != n {
				return cmp.Compare(m, n)
			}
		case errM == nil:
			return 1
		case errN == nil:
			return -1
		case x[i] != y[i]:
			return strings.Compare(x[i], y[i])
		}
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(a, b))
}

var editionParts = regexp.MustCompile(`\d+|[A-Za-z]+`)
