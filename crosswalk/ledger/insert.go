package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// insert adds rows to a table, each with a value for every column, by as few
// statements as the engine likes. An error says which rows it is about, counted
// from 1.
func (e engine) insert(ctx context.Context, tx *sql.Tx, table string, columns []string, rows [][]any) error {
	var whole *sql.Stmt // for e.together rows
	first := 1
	for part := range slices.Chunk(rows, e.together) {
		var values []any
		for _, row := range part {
			values = append(values, row...)
		}
		err := func() (err error) {
			if len(part) < e.together {
				_, err = tx.ExecContext(ctx, insertion(table, columns, len(part)), values...)
				return err
			}
			if whole == nil {
				if whole, err = tx.PrepareContext(ctx, insertion(table, columns, e.together)); err != nil {
					return err
				}
			}
			_, err = whole.ExecContext(ctx, values...)
			return err
		}()
		if err != nil {
			return fmt.Errorf("%d to %d: %w", first, first+len(part)-1, err)
		}
		first += len(part)
	}
	if whole != nil {
		return whole.Close()
	}
	return nil
}

// insertion is the statement that adds n rows.
func insertion(table string, columns []string, n int) string {
	rows := make([]string, n)
	place := 0
	for i := range rows {
		row := make([]string, len(columns))
		for j := range row {
			place++
			row[j] = fmt.Sprint("$", place)
		}
		rows[i] = "(" + strings.Join(row, ", ") + ")"
	}
	return `INSERT INTO ` + table + ` (` + strings.Join(columns, ", ") + `) VALUES ` + strings.Join(rows, ", ")
}
