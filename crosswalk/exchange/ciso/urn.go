package ciso

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"

	"concord/corpus"
	"concord/crosswalk/exchange"
)

// A published framework is one whose library comes with CISO Assistant.
type published struct {
	slug          string // the end of its URNs
	name, edition string // ours; an edition that ends in a dot stands for all that begin so
	spaced        bool   // the first dash of a node stands for a space
}

// shipped lists the frameworks whose URNs and node ids were compared with the
// libraries of CISO Assistant (backend/library/libraries).
func shipped() []published {
	return []published{
		{slug: "nist-csf-2.0", name: "csf", edition: "2.0"},
		{slug: "nist-csf-1.1", name: "csf", edition: "1.1"},
		{slug: "nist-sp-800-53-rev5", name: "sp800-53", edition: "5."},
		{slug: "nist-ai-rmf-1.0", name: "ai-rmf", edition: "1.0", spaced: true},
		{slug: "iso27001-2022", name: "iso-27001", edition: "2022"},
	}
}

// slug returns the end of the URNs of a framework, and whether CISO Assistant
// comes with it.
func slug(f exchange.Framework) (string, bool) {
	for _, p := range shipped() {
		if f.Name == p.name && (f.Edition == p.edition || strings.HasSuffix(p.edition, ".") && strings.HasPrefix(f.Edition, p.edition)) {
			return p.slug, true
		}
	}
	return tail(strings.Trim(f.Name+"-"+f.Edition, "-")), false
}

// complete fills in what is empty.
func (u URNs) complete(f exchange.Framework, packager string) (URNs, error) {
	end, known := slug(f)
	if known {
		packager = "intuitem"
	}
	u.Framework = cmp.Or(u.Framework, "urn:"+packager+":risk:framework:"+end)
	u.Library = cmp.Or(u.Library, strings.Replace(u.Framework, ":framework:", ":library:", 1))
	u.Nodes = cmp.Or(u.Nodes, strings.Replace(u.Framework, ":framework:", ":req_node:", 1))
	for _, urn := range []string{u.Library, u.Framework, u.Nodes} {
		if !wellFormed.MatchString(urn) {
			return u, fmt.Errorf("%q is no URN for %s: want one such as urn:acme:risk:framework:rules-1", urn, f.Spec())
		}
	}
	return u, nil
}

var (
	wellFormed = regexp.MustCompile(`^urn(:[a-z0-9_.\-\[\]()]+)+$`)
	word       = regexp.MustCompile(`^[a-z0-9][a-z0-9.\-]*$`)
	disallowed = regexp.MustCompile(`[^a-z0-9_.\-\[\]():]`)
)

// tail returns an id as CISO Assistant's converter spells the end of a URN:
// without accents and other letters, in lower case, with dashes for spaces and
// underscores for what URNs do not have.
func tail(id string) string {
	ascii := strings.Map(func(r rune) rune {
		if r > 127 {
			return -1
		}
		return r
	}, norm.NFKD.String(id))
	return disallowed.ReplaceAllString(strings.ReplaceAll(strings.ToLower(ascii), " ", "-"), "_")
}

// nodes makes the URNs of the elements of one side.
type nodes struct {
	base string
	ids  map[string]string // by URN
}

// urn returns the URN of an element. It is an error if another has the same.
func (n nodes) urn(id string) (string, error) {
	end := tail(id)
	if end == "" {
		return "", fmt.Errorf("id %q has no letter or digit that a URN can hold", id)
	}
	urn := n.base + ":" + end
	if other, taken := n.ids[urn]; taken && other != id {
		return "", fmt.Errorf("ids %q and %q have the same URN %s: rename one", other, id, urn)
	}
	n.ids[urn] = id
	return urn, nil
}

// last returns what follows the name of the framework in a URN such as
// "urn:acme:risk:req_node:rules:1.2:node3", which may hold more colons, or of a
// URN of fewer parts the last.
func last(urn string) string {
	parts := strings.SplitN(strings.TrimSpace(urn), ":", 6)
	return parts[len(parts)-1]
}

// frameworkOf returns the framework that a URN names.
func frameworkOf(urn string) (exchange.Framework, published) {
	end := last(urn)
	for _, p := range shipped() {
		if end == p.slug {
			return exchange.Framework{Name: p.name, Edition: strings.TrimSuffix(p.edition, ".")}, p
		}
	}
	if name, edition := corpus.Recognize(end, ""); name != "" {
		return exchange.Framework{Name: name, Edition: edition}, published{}
	}
	return exchange.Framework{Name: end}, published{}
}

// id returns the id that a node of a framework has, as far as its URN tells: in
// capitals where the framework's ids are known to be, else in lower case.
func (p published) id(urn string) string {
	end := last(urn)
	if p.slug == "" {
		return end
	}
	if p.spaced {
		end = strings.Replace(end, "-", " ", 1)
	}
	return corpus.NormalizeID(p.name, p.edition, strings.ToUpper(end))
}
