package main

import (
	"fmt"
	"slices"

	"entgo.io/ent/entc/gen"
)

// findList finds the edge under whose objects there is a list of the rows, and
// holds the entity against what that needs.
func (n *node) findList() error {
	if n.said.Under == "" {
		return nil
	}
	at := slices.IndexFunc(n.Edges, func(e *gen.Edge) bool { return e.Name == n.said.Under })
	if at < 0 {
		return fmt.Errorf("entity.ListUnder(%q): it has no edge of that name", n.said.Under)
	}
	e := n.Edges[at]
	if !e.Unique || !e.OwnFK() || e.Field() == nil || e.Optional {
		return fmt.Errorf("entity.ListUnder(%q): the edge must be Unique, Required, and say its Field", e.Name)
	}
	made := slices.IndexFunc(n.Type.Fields, func(f *gen.Field) bool { return f.Name == "created_at" && f.IsTime() && !f.Nillable })
	if made < 0 {
		return fmt.Errorf("entity.ListUnder(%q): lists run by created_at: add field.Time(\"created_at\").Immutable().Default(Now)", e.Name)
	}
	want := []string{e.Field().Name, "created_at", "id"}
	if !slices.ContainsFunc(n.Indexes, func(i *gen.Index) bool { return slices.Equal(i.Columns, want) }) {
		return fmt.Errorf("entity.ListUnder(%q): a page would read all rows of its %s: add index.Fields(%q, %q, %q)", e.Name, e.Name, want[0], want[1], want[2])
	}
	n.under, n.List = e, "query."+n.lists(e)
	return nil
}

func (n node) lists(e *gen.Edge) string { return n.Plural() + "Of" + e.Type.Name }

// Lists is the type in package query of the list that is generated; "" for none.
func (n node) Lists() string {
	if n.under == nil {
		return ""
	}
	return n.lists(n.under)
}

// Parent is the column that holds the id of a list's parent.
func (n node) Parent() *gen.Field { return n.under.Field() }

// Owner is the entity that has the list.
func (n node) Owner() string { return n.under.Type.Name }

// ListName is what cursors of the list belong to: "User.bookmarks".
func (n node) ListName() string { return n.Owner() + "." + private(n.Table()) }
