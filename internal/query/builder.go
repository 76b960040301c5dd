package query

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/page"
)

// builder writes one statement. Values are only passed as arguments, in the
// order in which their placeholders are in the text.
type builder struct {
	postgres bool
	sql      strings.Builder
	args     []any
	terms    int  // conditions written since WHERE
	dear     bool // see database.Read
	replan   bool // likewise
	named    string
}

func (b *builder) write(parts ...string) *builder {
	for _, s := range parts {
		b.sql.WriteString(s)
	}
	return b
}

// arg writes a placeholder for v.
func (b *builder) arg(v any) *builder {
	b.args = append(b.args, v)
	if b.postgres {
		return b.write("$", strconv.Itoa(len(b.args)))
	}
	return b.write("?")
}

// id writes a placeholder for a UUID.
func (b *builder) id(k Key) *builder { return b.arg(keyArg(k, b.postgres)) }

func keyArg(k Key, postgres bool) any {
	if postgres {
		return k
	}
	return uuid.UUID(k).String()
}

// keys writes one argument for many UUIDs: an array on PostgreSQL, a JSON array
// on SQLite.
func (b *builder) keys(keys []Key) *builder {
	b.arg(keysArg(keys, b.postgres))
	if b.postgres {
		b.write("::uuid[]")
	}
	return b
}

func keysArg(keys []Key, postgres bool) any {
	if postgres {
		return keys
	}
	text := make([]byte, 0, 2+39*len(keys))
	text = append(text, '[')
	for i, k := range keys {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, '"')
		text = append(text, uuid.UUID(k).String()...)
		text = append(text, '"')
	}
	return string(append(text, ']'))
}

// anyKey writes the condition that column is one of keys.
func (b *builder) anyKey(column string, keys []Key) {
	if b.postgres {
		b.write(column, " = ANY(").keys(keys).write(")")
		return
	}
	b.write(column, " IN (SELECT value FROM json_each(").keys(keys).write("))")
}

// where starts a list of conditions, also in a subquery.
func (b *builder) where() *builder {
	b.terms = 0
	return b
}

// and starts the next condition.
func (b *builder) and(parts ...string) *builder {
	if b.terms == 0 {
		b.write(" WHERE ")
	} else {
		b.write(" AND ")
	}
	b.terms++
	return b.write(parts...)
}

// order is the columns of a keyset: the column to order by and, for equal
// values, the id.
type order struct{ column, id string }

// within writes the conditions of a page's cursors as row comparisons, which an
// index answers with a seek. With an OR it would be read from its start.
func (b *builder) within(p page.Page, o order) {
	bound := func(op string, at page.Position) {
		b.and("(", o.column, ", ", o.id, ") ", op, " (").arg(at.Value(p.Order.Field.Kind())).write(", ").id(Key(at.ID)).write(")")
	}
	after, before := ">", "<"
	if p.Order.Desc {
		after, before = before, after
	}
	if p.HasAfter {
		bound(after, p.After)
	}
	if p.HasUntil {
		bound(before, p.Before)
	}
}

// ordered writes ORDER BY and LIMIT. On PostgreSQL the limit is part of the
// text, so that the planner knows it; there are at most page.MaxSize + 1 such
// texts. SQLite does not need it to plan.
func (b *builder) ordered(p page.Page, o order) *builder {
	direction := ""
	if p.Desc() {
		direction = " DESC"
	}
	b.write(" ORDER BY ", o.column, direction, ", ", o.id, direction, " LIMIT ")
	if b.postgres {
		return b.write(strconv.Itoa(p.Limit()))
	}
	return b.arg(p.Limit())
}

func (b *builder) read(loader string, keys int) database.Read {
	loader = cmp.Or(b.named, loader)
	return database.Read{Loader: loader, Keys: keys, SQL: b.sql.String(), Args: b.args, Dear: b.dear, Replan: b.replan}
}
