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
	var whole *sql.Stmt // for as many rows as go together
	add := func(n int, values []any) (err error) {
		if n < e.together {
			_, err = tx.ExecContext(ctx, insertion(table, columns, n), values...)
			return err
		}
		if whole == nil {
			if whole, err = tx.PrepareContext(ctx, insertion(table, columns, n)); err != nil {
				return err
			}
		}
		_, err = whole.ExecContext(ctx, values...)
		return err
	}
	first := 1
	for part := range slices.Chunk(rows, e.together) {
		if err := add(len(part), slices.Concat(part...)); err != nil {
			return fmt.Errorf("%d to %d: %w", first, first+len(part)-1, err)
		}
		first += len(part)
	}
	if whole == nil {
		return nil
	}
	return whole.Close() // after an error it ends with the transaction
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
