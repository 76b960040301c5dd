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

// Tables returns the names of the tables whose changes are told, sorted: of what
// readers see, and of what each instance remembers. Their entities are annotated
// with entity.Announced. The triggers of the migrations, for writes of other
// programs, are on the same tables.
func Tables() []string { return slices.Sorted(maps.Values(table.Announced)) }

// foreignKeys are the columns of each table that name rows of others.
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

// ForeignKeys returns the columns that Refs of a change of the table may have.
func ForeignKeys(name string) []string { return foreignKeys[name] }

// Tells reports whether the changes of a table are told.
func Tells(name string) bool { return told[name] }

var told = func() map[string]bool {
	found := map[string]bool{}
	for _, t := range table.Announced {
		found[t] = true
	}
	return found
}()

// Announce has all writes of the database's client announce what they change.
// It is called once for a database, before it is written.
func Announce(db *database.Database) { db.Client().Use(announceMutation) }

// announceMutation is a hook of ent.
func announceMutation(next ent.Mutator) ent.Mutator {
	return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
		name, told := table.Announced[m.Type()]
		if !told {
			return next.Mutate(ctx, m)
		}
		if !database.InTx(ctx) {
			return nil, fmt.Errorf("%s is written outside of Database.WithTx: its change could not be told", name)
		}
		// What the mutation knows is gone once it ran.
		c := changeOf(name, m)
		v, err := next.Mutate(ctx, m)
		if err != nil {
			return v, err
		}
		// The row, as the caller knew it or as it is now.
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
		c.Op, c.ID = Delete, idOf(m) // the others have their row
	default:
		c.Op, c.Columns = Update, append(m.Fields(), m.ClearedFields()...)
	}
	return c
}

type rowKey struct{ entity string }

// About returns a context for a mutation of ent that tells by a condition which
// row it changes or deletes: this one, a pointer to the entity. Where several
// rows are meant, it has those foreign keys that they have in common. So the
// change is told as precisely as that of a row by its id.
func About(ctx context.Context, row any) context.Context {
	return context.WithValue(ctx, rowKey{reflect.TypeOf(row).Elem().Name()}, row)
}

// Inserted tells of a row, a pointer to the entity, that the transaction in ctx
// writes by a statement of its own, past ent. A foreign key that is zero is not
// known.
func Inserted(ctx context.Context, row any) {
	c := Change{Table: table.Announced[reflect.TypeOf(row).Elem().Name()], Op: Insert}
	c.describe(row)
	database.Announce(ctx, c)
}

// Telling returns a statement of PostgreSQL that does what statement does to the
// rows of an entity's table, and says so in the log by itself, with these foreign
// keys of the rows: the program does not know them, and to ask for them would
// take a round trip. statement has no RETURNING yet; columns are those that an
// update sets.
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

// Rewritten tells of statements past ent that change any rows of an entity's
// table.
func Rewritten(ctx context.Context, entity string) {
	database.Announce(ctx, Change{Table: table.Announced[entity]})
}

// describe takes the id, if it is not known, and the foreign keys from a row, a
// pointer to the entity. ent names the columns in the tags for JSON.
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

// idColumn is a column of ids, and its place among the fields of its entity.
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

// textOf returns an id as text, "" for one that is zero; it reports whether
// there is one.
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

// idOf is the id of the row that the mutation is of; "" if there may be several,
// or if the entity has another key. Each entity has a method ID of its own type.
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

// cascades are the tables that lose rows with those of a table, which the
// database deletes without ent.
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
