package exchange

// Sentence puts a row into words, for people: "AC-2 is a subset of A.5.16".
func (r Row) Sentence() string {
	if r.Relation == "" {
		return r.Source + " is mapped to " + r.Target + ", nobody said how"
	}
	return r.Relation.Sentence(r.Source, r.Target)
}
