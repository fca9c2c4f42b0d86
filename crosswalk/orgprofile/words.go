package orgprofile

import (
	"slices"
	"strings"
)

// words lists what may stand somewhere: "open, partly or met".
func words[W ~string](of []W) string {
	list := make([]string, len(of))
	for i, w := range of {
		list[i] = string(w)
	}
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}

// sorted lists names by the alphabet.
func sorted(names []string) string {
	slices.Sort(names)
	return strings.Join(names, ", ")
}
