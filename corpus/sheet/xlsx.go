package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"concord/corpus/internal/foreign"

	"github.com/xuri/excelize/v2"
)

const (
	// maxUnzipped bounds what a workbook may unpack to, in bytes.
	maxUnzipped = 256 << 20
	// headerWithin is how many rows may stand above the header of a sheet.
	headerWithin = 20
)

// readXLSX reads the first sheet that has the required columns. Cells give
// what the spreadsheet displays: 9.2, where the file stores
// 9.1999999999999993.
func readXLSX(data []byte, o Options) (t table, err error) {
	book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped,
	})
	if err != nil {
		return table{}, fmt.Errorf("open the workbook: %w", err)
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	var tried []string
	for _, sheet := range book.GetSheetList() {
		rows, err := book.GetRows(sheet)
		if err != nil {
			return table{}, fmt.Errorf("read sheet %q: %w", sheet, err)
		}
		t, why := findTable(rows, o)
		if why == nil {
			return t, nil
		}
		tried = append(tried, fmt.Sprintf("sheet %q: %v", sheet, why))
	}
	return table{}, fmt.Errorf("no sheet has the columns: %s", strings.Join(tried, "; "))
}

// findTable finds the header among the first rows of a sheet. If there is
// none, the error is about the row with the most cells, the likeliest header.
func findTable(rows [][]string, o Options) (table, error) {
	var best []string
	for i, cells := range rows[:min(len(rows), headerWithin)] {
		if _, err := o.columns(cells); err != nil {
			if filled(cells) > filled(best) {
				best = cells
			}
			continue
		}
		t := table{unit: "row", header: cells}
		for j, r := range rows[i+1:] {
			if filled(r) > 0 {
				t.rows = append(t.rows, row{i + j + 2, valid(r)})
			}
		}
		return t, nil
	}
	_, err := o.columns(best)
	return table{}, err
}

func filled(cells []string) int {
	n := 0
	for _, c := range cells {
		if foreign.Line(c) != "" {
			n++
		}
	}
	return n
}

// valid returns cells as valid UTF-8.
func valid(cells []string) []string {
	for i, c := range cells {
		cells[i] = strings.ToValidUTF8(c, "\ufffd")
	}
	return cells
}
