package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/candidate"
	"concord/crosswalk/exchange"
)

// derivedFormat names the JSON that "concord derive" writes.
const derivedFormat = "concord-derived/1"

// voters returns the crosswalks that vote for targets: the built-in ones unless
// they are switched off, and those of the user's files.
func (d *drafting) voters() ([]candidate.Precedents, error) {
	var votes []candidate.Precedents
	if !d.without {
		var err error
		if votes, err = precedents(d.target, nil); err != nil {
			return nil, err
		}
	}
	for _, path := range d.precedents {
		v, err := d.votersOf(path)
		if err != nil {
			return nil, err
		}
		votes = append(votes, v)
	}
	return votes, nil
}

// votersOf reads a crosswalk into the target, or a list of relations that were
// derived between the two frameworks. Its name has the hash of the file, so that
// another file makes another run.
func (d *drafting) votersOf(path string) (candidate.Precedents, error) {
	m, err := d.mappingBytes(path)
	if err != nil {
		return candidate.Precedents{}, err
	}
	name := fmt.Sprintf("%s %.6x", filepath.Base(path), sha256.Sum256(m.data))
	if bytes.Contains(m.data[:min(len(m.data), 200)], []byte(derivedFormat)) {
		return d.derivedVotes(path, name, m.data)
	}
	if m, err = d.openMapping(path); err != nil {
		return candidate.Precedents{}, err
	}
	c := m.Crosswalk
	if c.Source.Name == d.target.Name {
		c = c.Inverted()
	}
	if c.Target.Name != d.target.Name {
		return candidate.Precedents{}, usage(fmt.Errorf("%s: its sides are %s, and neither is %s, which is to be mapped to", path, ends(c), d.target.Name))
	}
	from, err := d.open(c.Source.Spec())
	if err != nil {
		return candidate.Precedents{}, fmt.Errorf("%s maps from %s, whose texts are needed to find what reads alike: %w", path, c.Source.Spec(), err)
	}
	votes := candidate.Precedents{Set: name, Framework: from, Target: d.target.Name, Pairs: map[string][]string{}}
	for _, r := range c.Rows {
		if r.Relation != crosswalk.NoRelationship {
			vote(votes, d.target, r.Source, r.Target)
		}
	}
	return votes, nil
}

// derivedVotes reads derived relations between the source and the target: each
// speaks for its own pair.
func (d *drafting) derivedVotes(path, name string, data []byte) (candidate.Precedents, error) {
	var list struct {
		Format  string             `json:"format"`
		Derived []exchange.Derived `json:"derived"`
	}
	if err := json.Unmarshal(data, &list); err != nil || list.Format != derivedFormat {
		return candidate.Precedents{}, usage(fmt.Errorf("%s: not a list that concord derive --format json wrote: %w", path, err))
	}
	votes := candidate.Precedents{Set: "derived, " + name, Framework: d.source, Target: d.target.Name, Pairs: map[string][]string{}}
	for _, x := range list.Derived {
		if x.Relation != "" && x.Relation != unknownRelation && x.Relation != crosswalk.NoRelationship {
			vote(votes, d.target, x.Source, x.Target)
		}
	}
	if len(votes.Pairs) == 0 {
		return votes, usage(fmt.Errorf("%s: no relation was derived between elements of %s and %s", path, d.source.Spec(), d.target.Spec()))
	}
	return votes, nil
}

// vote adds a pair whose elements are there.
func vote(votes candidate.Precedents, target *corpus.Framework, from, to string) {
	from, to = votes.Framework.Resolve(from), target.Resolve(to)
	if _, ok := votes.Framework.Element(from); !ok {
		return
	}
	if _, ok := target.Element(to); ok && !slices.Contains(votes.Pairs[from], to) {
		votes.Pairs[from] = append(votes.Pairs[from], to)
	}
}
