package feed

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"entgo.io/ent/dialect/sql/schema"
	"github.com/google/uuid"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/migrate"
	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/internal/database"
)

// Tables returns the sorted names of the tables whose changes are announced:
// what readers see, and what each instance caches. Their entities are annotated
// with entity.Announced. The triggers of the migrations, for writes of other
// programs, are on the same tables.
func Tables() []string { return slices.Sorted(maps.Values(table.Announced)) }

// foreignKeys are the columns of each table that refer to rows of other tables.
var foreignKeys = foreignKeysOf(migrate.Tables)

func foreignKeysOf(all []*schema.Table) map[string][]string {
	found := map[string][]string{}
	for _, t := range all {
		for _, key := range t.ForeignKeys {
			found[t.Name] = append(found[t.Name], key.Columns[0].Name)
		}
	}
	return found
}

// ForeignKeys returns the columns that may be in the Refs of a table's changes.
func ForeignKeys(name string) []string { return foreignKeys[name] }

// Tells reports whether the changes of a table are announced.
func Tells(name string) bool { return told[name] }

// Counter returns the column of a table that changes often and by itself, or "".
func Counter(name string) string { return table.Counters[name] }

var told = func() map[string]bool {
	found := map[string]bool{}
	for _, t := range table.Announced {
		found[t] = true
	}
	return found
}()

// Announce makes all writes of the database's client announce what they change.
// Call it once for a database, before the first write.
func Announce(db *database.Database) { db.Client().Use(announceMutation) }

// announceMutation is a hook for ent.
func announceMutation(next ent.Mutator) ent.Mutator {
	return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
		name, told := table.Announced[m.Type()]
		if !told {
			return next.Mutate(ctx, m)
		}
		if !database.InTx(ctx) {
			return nil, fmt.Errorf("%s is written outside of Database.WithTx: its change could not be told", name)
		}
		// After the mutation has run, it no longer knows this.
		c := changeOf(name, m)
		v, err := next.Mutate(ctx, m)
		if err != nil {
			return v, err
		}
		// The row, as the caller gave it or as it is now.
		if known := ctx.Value(rowKey{m.Type()}); known != nil {
			c.describe(known)
		} else if m.Op().Is(ent.OpCreate | ent.OpUpdateOne) {
			c.describe(v)
		}
		if c.ID == "" && c.Refs == nil {
			c = Change{Table: name}
		}
		database.Announce(ctx, c)
		if m.Op().Is(ent.OpDelete | ent.OpDeleteOne) {
			for _, below := range cascades[name] {
				database.Announce(ctx, Change{Table: below})
			}
		}
		return v, nil
	})
}

func changeOf(name string, m ent.Mutation) Change {
	c := Change{Table: name}
	switch op := m.Op(); {
	case op.Is(ent.OpCreate):
		c.Op = Insert
	case op.Is(ent.OpDelete | ent.OpDeleteOne):
		c.Op, c.ID = Delete, idOf(m) // create and update have their row
	default:
		c.Op, c.Columns = Update, append(m.Fields(), m.ClearedFields()...)
	}
	return c
}

type rowKey struct{ entity string }

// About returns a context for an ent mutation that selects the row it changes
// or deletes by a condition. row is that row, a pointer to the entity; if
// several rows are meant, it has the foreign keys that they have in common.
// With it the change is announced as precisely as that of a row selected by its
// id.
func About(ctx context.Context, row any) context.Context {
	return context.WithValue(ctx, rowKey{reflect.TypeOf(row).Elem().Name()}, row)
}

// Inserted announces a row, a pointer to the entity, that the transaction in
// ctx writes with a statement of its own, without ent. A foreign key that is
// zero is unknown.
func Inserted(ctx context.Context, row any) {
	c := Change{Table: table.Announced[reflect.TypeOf(row).Elem().Name()], Op: Insert}
	c.describe(row)
	database.Announce(ctx, c)
}

// Telling returns a PostgreSQL statement that does what statement does to the
// rows of an entity's table, and itself announces the change in the log, with
// the given foreign keys of the rows: the program does not know them, and to
// query them would take a round trip. statement must not have a RETURNING
// clause; columns are the ones that an update sets.
func Telling(statement, entity string, op Op, columns []string, refs ...string) string {
	change := "'t', '" + table.Announced[entity] + "', 'o', '" + string(op) + "'"
	if len(columns) > 0 {
		change += ", 'c', json_build_array('" + strings.Join(columns, "', '") + "')"
	}
	var keys []string
	for _, ref := range refs {
		keys = append(keys, "'"+ref+"', "+ref)
	}
	return "WITH told AS (" + statement + " RETURNING " + strings.Join(refs, ", ") + ")" +
		" SELECT pg_logical_emit_message(true, '" + prefix + "', convert_to(json_build_object('changes', coalesce(json_agg(" +
		"json_build_object(" + change + ", 'r', json_build_object(" + strings.Join(keys, ", ") + "))), '[]'))::text, 'UTF8')) FROM told"
}

// Rewritten announces statements without ent that may change any rows of an
// entity's table.
func Rewritten(ctx context.Context, entity string) {
	database.Announce(ctx, Change{Table: table.Announced[entity]})
}

// describe takes the foreign keys and, if it is unknown, the id from a row, a
// pointer to the entity. ent has the column names in the JSON tags.
func (c *Change) describe(row any) {
	v := reflect.ValueOf(row).Elem()
	c.Refs = map[string]string{}
	for _, id := range idsOf(v.Type()) {
		switch text, some := textOf(v.Field(id.field)); {
		case !some:
		case id.column != "id":
			c.Refs[id.column] = text
		case c.ID == "":
			c.ID = text
		}
	}
	for _, changed := range c.Columns {
		if slices.Contains(foreignKeys[c.Table], changed) {
			c.Refs[changed] = ""
		}
	}
}

// idColumn is a column of ids, and its index among the fields of its entity.
type idColumn struct {
	column string
	field  int
}

var idColumns sync.Map // of []idColumn, by reflect.Type of the entity

func idsOf(entity reflect.Type) []idColumn {
	if known, ok := idColumns.Load(entity); ok {
		return known.([]idColumn)
	}
	var found []idColumn
	for i := range entity.NumField() {
		name, _, _ := strings.Cut(entity.Field(i).Tag.Get("json"), ",")
		if name == "id" || strings.HasSuffix(name, "_id") {
			found = append(found, idColumn{name, i})
		}
	}
	idColumns.Store(entity, found)
	return found
}

// textOf returns an id as text, or "" if it is zero. It also reports whether
// there is an id.
func textOf(v reflect.Value) (text string, some bool) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return "", false
		}
		v = v.Elem()
	}
	id, ok := reflect.TypeAssert[interface{ UUID() uuid.UUID }](v)
	if !ok {
		return "", false
	}
	if id.UUID() == uuid.Nil {
		return "", true
	}
	return id.UUID().String(), true
}

// idOf is the id of the row that the mutation changes. It is "" if there may be
// several rows, or if the entity has another key. Each entity has a method ID
// with a type of its own.
func idOf(m ent.Mutation) string {
	method := reflect.ValueOf(m).MethodByName("ID")
	if !method.IsValid() || m.Op().Is(ent.OpDelete) {
		return ""
	}
	out := method.Call(nil)
	if len(out) != 2 || !out[1].Bool() {
		return ""
	}
	text, _ := textOf(out[0])
	return text
}

// cascades are, for each table, the tables whose rows the database deletes, or
// sets to NULL in a foreign key, when rows of that table are deleted. ent does
// not see these changes.
var cascades = cascadesOf(migrate.Tables)

func cascadesOf(all []*schema.Table) map[string][]string {
	below := map[string][]string{}
	for _, t := range all {
		for _, key := range t.ForeignKeys {
			if key.OnDelete == schema.Cascade || key.OnDelete == schema.SetNull {
				below[key.RefTable.Name] = append(below[key.RefTable.Name], t.Name)
			}
		}
	}
	told := Tables()
	closed := map[string][]string{}
	for name := range below {
		reached := map[string]bool{}
		for next := []string{name}; len(next) > 0; next = next[1:] {
			for _, t := range below[next[0]] {
				if !reached[t] {
					reached[t] = true
					next = append(next, t)
				}
			}
		}
		for _, t := range slices.Sorted(maps.Keys(reached)) {
			if slices.Contains(told, t) {
				closed[name] = append(closed[name], t)
			}
		}
	}
	return closed
}
