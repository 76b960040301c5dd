package query

import (
	"context"
	"strings"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/internal/depend"
	"github.com/weftql/weft/internal/page"
)

// Users are all users: everybody sees them.
var Users = entity(table.Users, everybody).keep(0).hash()

// UserByUsername reads one user, or returns nil. Case does not matter.
func (q *Queries) UserByUsername(ctx context.Context, username string, columns Columns) (*ent.User, error) {
	picked := Users.pick(columns)
	b := q.builder()
	b.write("SELECT ", picked.list, " FROM users u WHERE u.username_key = ").arg(strings.ToLower(username))
	var found *ent.User
	err := scan(ctx, q.db, b.read("UserByUsername", 1), nil, picked, 1, func(_ place, u *ent.User) { found = u })
	noteNamed(q, found)
	return found, err
}

// noteNamed notes what it depends on who has a name, or that nobody has it.
func noteNamed(q *Queries, found *ent.User) {
	if found == nil { // any user may take it
		q.noteList([]source{{table: user.Table, columns: []string{user.FieldUsernameKey}}}, nil)
		return
	}
	// Nobody else can have the name while this user has it.
	q.noteList(nil, nil)
	NoteFound(q, Users, 0, found)
}

// NamedDepends is what UserByUsername depends on.
func NamedDepends(found *ent.User) depend.Noted {
	var r depend.Recorder
	noteNamed(&Queries{notes: &r}, found)
	return r.Noted()
}

// UserList is a list of users. It is comparable.
type UserList struct {
	Prefix string // of the user name, ignoring case; "" for all
}

// Entity implements List.
func (UserList) Entity() *Entity[ent.User] { return Users }

// Nested implements List.
func (UserList) Nested() bool { return false }

// Loaders implements List.
func (UserList) Loaders() (pages, counts string) { return "Users", "UserCount" }

func (UserList) columns(o page.Order) Columns {
	if o.Field == page.Username {
		return table.UserUsernameKey
	}
	return table.UserCreatedAt
}

func (l UserList) sources(o page.Order) []source {
	from := source{table: user.Table}
	if l.Prefix != "" || o.Field == page.Username {
		from.columns = []string{user.FieldUsernameKey}
	}
	return []source{from}
}

// Position implements List.
func (UserList) Position(o page.Order, u *ent.User) page.Position {
	if o.Field == page.Username {
		return page.AtText(u.UsernameKey, u.ID.UUID())
	}
	return page.AtTime(u.CreatedAt, u.ID.UUID())
}

func (l UserList) statement(q *Queries, o page.Order) list {
	name := q.byteOrder("u.username_key")
	by := order{"u.created_at", "u.id"}
	if o.Field == page.Username {
		by.column = name
	}
	return list{from: "users u", order: by, outer: by, where: func(b *builder) { b.prefix(name, l.Prefix) }}
}

// byteOrder makes PostgreSQL compare a text column byte by byte, as SQLite
// does, whatever the locale of the database; the indexes have that order.
func (q *Queries) byteOrder(column string) string {
	if q.postgres() {
		return column + ` COLLATE "C"`
	}
	return column
}

// prefix writes the condition that a column in byte order begins with s, as a
// range that an index can answer.
func (b *builder) prefix(column, s string) {
	if s == "" {
		return
	}
	s = strings.ToLower(s)
	b.and(column, " >= ").arg(s)
	b.and(column, " < ").arg(s + "\U0010FFFF")
}
