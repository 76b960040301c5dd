package database

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Condition is a statement that has to succeed for a transaction to count. It
// goes with the transaction's first statements, so it costs no round trip. It is
// for PostgreSQL, and belongs to one goroutine at a time.
type Condition struct {
	// Name is what the statement is reported as.
	Name string

	// SQL selects one row. Where the condition does not hold, it divides by zero,
	// so that the server itself stops the transaction: what follows was sent
	// already.
	SQL  string
	Args []any

	// Read gets the row.
	Read func(Rows) error

	state conditionState
}

type conditionState int

const (
	notAsked conditionState = iota
	conditionMet
	conditionUnmet
)

// Met reports whether the condition held in a transaction.
func (c *Condition) Met() bool { return c.state == conditionMet }

// Unmet reports whether it did not hold, so that a transaction was rolled back.
func (c *Condition) Unmet() bool { return c.state == conditionUnmet }

// telling is the condition's statement that also puts a message into the log. One
// statement less is a twentieth of what PostgreSQL does for a small write.
func (c *Condition) telling(message []byte) queued {
	args := append(slices.Clone(c.Args), message)
	return queued{
		sql:  "SELECT * FROM (" + c.SQL + ") condition WHERE " + emitting + "$" + strconv.Itoa(len(args)) + "::bytea) IS NOT NULL",
		args: args,
	}
}

type conditionKey struct{}

// Under returns a context whose transactions count only under a condition. The
// first one asks.
func Under(ctx context.Context, c *Condition) context.Context {
	return context.WithValue(ctx, conditionKey{}, c)
}

// Conditional reports whether ctx comes from Under.
func Conditional(ctx context.Context) bool { return ctx.Value(conditionKey{}) != nil }

// openCondition is the condition that a transaction has to ask for, or nil.
func openCondition(ctx context.Context) *Condition {
	if c, ok := ctx.Value(conditionKey{}).(*Condition); ok && !c.Met() {
		return c
	}
	return nil
}

const divisionByZero = "22012"

// asked takes the outcome of the condition's statement.
func (t *postgresTx) asked(result pgx.Rows, err error) error {
	c := t.condition
	t.condition = nil
	call := t.call(NameStatements(t.ctx, c.Name), c.SQL)
	rows, err := call.pgxRows(result, err)
	if err == nil {
		defer rows.Close()
		if rows.Next() {
			err = c.Read(rows)
			rows.Close()
		}
		err = errors.Join(err, rows.Err())
	}
	switch {
	case err == nil:
		c.state = conditionMet
	case postgresCode(err) == divisionByZero:
		c.state = conditionUnmet
	}
	return err
}

// nextRows is the next result of a pipeline.
func nextRows(pipeline *pgconn.Pipeline, conn *pgx.Conn) (pgx.Rows, error) {
	result, err := pipeline.GetResults()
	if err != nil {
		return nil, err
	}
	reader, ok := result.(*pgconn.ResultReader)
	if !ok {
		return nil, fmt.Errorf("got %T for a statement", result)
	}
	return pgx.RowsFromResultReader(conn.TypeMap(), reader), nil
}
