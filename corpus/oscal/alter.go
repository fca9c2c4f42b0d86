package oscal

import (
	"errors"
	"fmt"
	"slices"
)

// An alteration changes a control that a profile imports.
type alteration struct {
	Control string     `json:"control-id" yaml:"control-id" xml:"control-id,attr"`
	Adds    []addition `xml:"add"`
	Removes []struct{} `xml:"remove"`

	used bool // some catalog has the control
}

// An addition puts fields into a control, or into or beside one of its parts.
type addition struct {
	Position string  `xml:"position,attr"`
	ByID     string  `json:"by-id" yaml:"by-id" xml:"by-id,attr"`
	Title    markup  `xml:"title"`
	Params   []param `xml:"param"`
	Props    []prop  `xml:"prop"`
	Links    []link  `xml:"link"`
	Parts    []part  `xml:"part"`
}

// edits holds the alterations of each control, in the order in which they are
// made: those of a profile before those of one that imports it.
type edits map[string][]*alteration

// before returns the alterations of list followed by those in e.
func (e edits) before(list []alteration) edits {
	out := edits{}
	for i := range list {
		out[list[i].Control] = append(out[list[i].Control], &list[i])
	}
	for id, later := range e { // each id by itself, so the order does not matter
		out[id] = append(out[id], later...)
	}
	return out
}

// apply makes the alterations of a control.
func (e edits) apply(n *node) error {
	for _, a := range e[n.ID] {
		a.used = true
		if len(a.Removes) > 0 {
			return fmt.Errorf("alter of %q: remove is not supported", a.Control)
		}
		for _, add := range a.Adds {
			if err := add.to(n); err != nil {
				return fmt.Errorf("alter of %q: %w", a.Control, err)
			}
		}
	}
	return nil
}

func (a addition) to(n *node) error {
	if !slices.Contains([]string{"", "before", "after", "starting", "ending"}, a.Position) {
		return fmt.Errorf("add at position %q is not supported", a.Position)
	}
	if a.ByID == "" || a.ByID == n.ID {
		return a.into(n)
	}
	if a.Title != "" || len(a.Params) > 0 {
		return fmt.Errorf("add of a title or of params by the id %q is not supported: they belong to the control", a.ByID)
	}
	parts, found, err := a.amid(n.Parts)
	if err == nil && !found {
		err = fmt.Errorf("add by the id %q is not supported: it is neither the control nor a part of it", a.ByID)
	}
	n.Parts = parts
	return err
}

// into adds to the control as a whole, before or behind what it holds. Beside
// the control there is no place: OSCAL takes before and after as starting and
// ending.
func (a addition) into(n *node) error {
	first := a.Position == "starting" || a.Position == "before"
	if a.Title != "" {
		n.Title = a.Title
	}
	n.Params = join(n.Params, a.Params, first)
	n.Props = join(n.Props, a.Props, first)
	n.Links = join(n.Links, a.Links, first)
	n.Parts = join(n.Parts, a.Parts, first)
	return nil
}

// amid adds to or beside the part that a names, and returns the parts with it.
func (a addition) amid(parts []part) (out []part, found bool, err error) {
	for i := range parts {
		p := &parts[i]
		if p.ID != a.ByID {
			if p.Parts, found, err = a.amid(p.Parts); found {
				return parts, true, err
			}
			continue
		}
		switch a.Position {
		case "before", "after":
			if len(a.Props) > 0 || len(a.Links) > 0 {
				return parts, true, errors.New("add of props or links beside a part is not supported: add them to the part")
			}
			if a.Position == "after" {
				i++
			}
			return slices.Insert(slices.Clone(parts), i, a.Parts...), true, nil
		}
		first := a.Position == "starting"
		p.Props = join(p.Props, a.Props, first)
		p.Parts = join(p.Parts, a.Parts, first)
		return parts, true, nil
	}
	return parts, false, nil
}

func join[T any](have, more []T, first bool) []T {
	if first {
		return slices.Concat(more, have)
	}
	return slices.Concat(have, more)
}
