package review

import (
	"bytes"
	"net/http"
)

// pagePolicy is for a page that holds all of itself, its style too.
const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// matrix shows the crosswalks of the source to all targets side by side. It has
// no pair to decide on, and so it is a page of its own.
func (d *seat) matrix(w http.ResponseWriter, r *http.Request) {
	switch {
	case d.Matrix == nil:
		d.refuse(w, &refusal{http.StatusNotFound, "This desk was opened without a matrix."})
		return
	case d.Blind > 0 && !d.reads():
		d.refuse(w, &refusal{http.StatusForbidden, "The matrix says what was proposed, and some pairs are to be decided unseen."})
		return
	}
	var page bytes.Buffer
	if err := d.Matrix(r.Context(), &page); err != nil {
		d.refuse(w, err)
		return
	}
	w.Header().Set("Content-Security-Policy", pagePolicy)
	d.write(w, http.StatusOK, page.Bytes())
}
