package query

import (
	"context"
	"strings"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/internal/page"
)

var users = &entity[ent.User]{Table: table.Users}

// UsersByID reads the users with these ids, in their order; nil stands for one
// that does not exist.
func (q *Queries) UsersByID(ctx context.Context, loader string, ids *Keys, columns Columns) ([]*ent.User, error) {
	return byKey(ctx, q, users, loader, ids, columns, nil)
}

// UserByUsername reads one user, or nil. Case does not matter.
func (q *Queries) UserByUsername(ctx context.Context, loader, username string, columns Columns) (*ent.User, error) {
	picked := users.pick(columns)
	b := q.builder()
	b.write("SELECT ", picked.list, " FROM users u WHERE u.username_key = ").arg(strings.ToLower(username))
	var found *ent.User
	err := scan(ctx, q.db, b.read(loader, 1), nil, picked, 1, func(_ place, u *ent.User) { found = u })
	return found, err
}

// UserList is a list of users. It is comparable.
type UserList struct {
	Prefix string // of the user name, without regard to case; "" for all
}

// UserOrderColumns are the columns that a list of users in this order needs
// for its cursors.
func UserOrderColumns(o page.Order) Columns {
	if o.Field == page.Username {
		return table.UserUsernameKey
	}
	return table.UserCreatedAt
}

// UserPosition returns a user's place in a list in this order.
func UserPosition(o page.Order, u *ent.User) page.Position {
	if o.Field == page.Username {
		return page.AtText(u.UsernameKey, u.ID.UUID())
	}
	return page.AtTime(u.CreatedAt, u.ID.UUID())
}

func (q *Queries) userList(l UserList, o page.Order) list {
	name := q.byteOrder("u.username_key")
	by := order{"u.created_at", "u.id"}
	if o.Field == page.Username {
		by.column = name
	}
	return list{from: "users u", order: by, outer: by, where: func(b *builder) { b.prefix(name, l.Prefix) }}
}

// UserPage reads one page of users, in reading order and with one row more
// than wanted: see page.Cut.
func (q *Queries) UserPage(ctx context.Context, loader string, l UserList, p page.Page, columns Columns) ([]*ent.User, error) {
	return pageOf(ctx, q, users, loader, q.userList(l, p.Order), p, columns|UserOrderColumns(p.Order))
}

// UserCount counts a list of users.
func (q *Queries) UserCount(ctx context.Context, loader string, l UserList) (int, error) {
	return q.countOf(ctx, loader, q.userList(l, page.Order{}))
}

// byteOrder makes PostgreSQL compare a column of text as SQLite does, byte by
// byte, whatever the locale of the database; indexes exist for that order.
func (q *Queries) byteOrder(column string) string {
	if q.postgres() {
		return column + ` COLLATE "C"`
	}
	return column
}

// prefix writes the condition that a column in byte order begins with s, as a
// range that an index answers.
func (b *builder) prefix(column, s string) {
	if s == "" {
		return
	}
	s = strings.ToLower(s)
	b.and(column, " >= ").arg(s)
	b.and(column, " < ").arg(s + "\U0010FFFF")
}
