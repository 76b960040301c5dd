package feed

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"entgo.io/ent/dialect/sql/schema"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/comment"
	"github.com/weftql/weft/ent/migrate"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/posttag"
	"github.com/weftql/weft/ent/revocation"
	"github.com/weftql/weft/ent/tag"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/ent/vote"
	"github.com/weftql/weft/internal/database"
)

// tables are those whose changes are announced, by entity: what readers see,
// and what each instance remembers. The triggers of the migrations, for writes
// of other programs, are on the same.
var tables = map[string]string{
	ent.TypeUser:       user.Table,
	ent.TypePost:       post.Table,
	ent.TypeComment:    comment.Table,
	ent.TypeTag:        tag.Table,
	ent.TypePostTag:    posttag.Table,
	ent.TypeVote:       vote.Table,
	ent.TypeRevocation: revocation.Table,
}

// Tables returns the names of the tables whose changes are told, sorted.
func Tables() []string { return slices.Sorted(maps.Values(tables)) }

// Announce has all writes of the database's client announce what they change.
// It is called once for a database, before it is written.
func Announce(db *database.Database) { db.Client().Use(announceMutation) }

// announceMutation is a hook of ent.
func announceMutation(next ent.Mutator) ent.Mutator {
	return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
		name, told := tables[m.Type()]
		if !told {
			return next.Mutate(ctx, m)
		}
		if !database.InTx(ctx) {
			return nil, fmt.Errorf("%s is written outside of Database.WithTx: its change could not be told", name)
		}
		// What the mutation knows is gone once it ran.
		changes := changesOf(name, m)
		v, err := next.Mutate(ctx, m)
		if err == nil {
			for _, c := range changes {
				database.Announce(ctx, c)
			}
		}
		return v, err
	})
}

func changesOf(name string, m ent.Mutation) []Change {
	c := Change{Table: name, ID: idOf(m)}
	switch op := m.Op(); {
	case op.Is(ent.OpCreate):
		c.Op, c.Refs = Insert, refsOf(m)
	case op.Is(ent.OpDelete | ent.OpDeleteOne):
		c.Op = Delete
	default:
		c.Op, c.Columns = Update, append(m.Fields(), m.ClearedFields()...)
	}
	if c.ID == "" {
		c = Change{Table: name}
	}
	changes := []Change{c}
	if m.Op().Is(ent.OpDelete | ent.OpDeleteOne) {
		for _, below := range cascades[name] {
			changes = append(changes, Change{Table: below})
		}
	}
	return changes
}

// idOf is the id of the row that the mutation is of; "" if there may be several,
// or if the entity has another key. Each entity has a method ID of its own type.
func idOf(m ent.Mutation) string {
	method := reflect.ValueOf(m).MethodByName("ID")
	if !method.IsValid() || m.Op().Is(ent.OpUpdate|ent.OpDelete) {
		return ""
	}
	out := method.Call(nil)
	id, isText := reflect.TypeAssert[fmt.Stringer](out[0])
	if !isText || !out[1].Bool() {
		return ""
	}
	return id.String()
}

// refsOf are the foreign keys that a new row has.
func refsOf(m ent.Mutation) map[string]string {
	refs := map[string]string{}
	for _, name := range m.Fields() {
		if !strings.HasSuffix(name, "_id") {
			continue
		}
		v, _ := m.Field(name)
		if id, ok := v.(fmt.Stringer); ok {
			refs[name] = id.String()
		}
	}
	return refs
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
