package model

import (
	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/query"
)

// Page is one page of a list as it was loaded, and what its totalCount and its
// cursors are made of. Edges, cursors and pageInfo are made when they are asked
// for: most operations want nodes alone. The connections of connections_gen.go
// are pages.
type Page[T any, L List[T]] struct {
	Nodes []*T
	Info  page.Info
	Of    page.List  // what its cursors belong to
	Order page.Order // of the list
	List  L
}

// List tells the places of its rows.
type List[T any] interface {
	Position(o page.Order, v *T) page.Position
}

// Cursor returns the cursor of row i.
func (p *Page[T, L]) Cursor(i int) string {
	return p.Order.Cursor(p.Of, p.List.Position(p.Order, p.Nodes[i]))
}

// PageInfo returns where the page lies.
func (p *Page[T, L]) PageInfo() *PageInfo { return pageInfo(p.Info, len(p.Nodes), p.Cursor) }

// SearchConnection is one page of what a search found.
type SearchConnection struct {
	Nodes     []SearchResult
	Positions []page.Position // of the nodes
	Info      page.Info
	Of        page.List  // what its cursors belong to
	Order     page.Order // of the list
	Type      SearchType
	Prefix    string       // for users and tags
	Text      query.Search // for posts
}

// Cursor returns the cursor of row i.
func (c *SearchConnection) Cursor(i int) string { return c.Order.Cursor(c.Of, c.Positions[i]) }

// PageInfo returns where the page lies.
func (c *SearchConnection) PageInfo() *PageInfo { return pageInfo(c.Info, len(c.Nodes), c.Cursor) }

// Edges returns the results with their cursors.
func (c *SearchConnection) Edges() []*SearchEdge {
	return edges(c.Nodes, func(e *SearchEdge, i int) { *e = SearchEdge{c, i} })
}

// SearchEdge is a result in a list.
type SearchEdge struct {
	list *SearchConnection
	i    int
}

// Cursor returns the result's position.
func (e *SearchEdge) Cursor() string { return e.list.Cursor(e.i) }

// Node returns the result.
func (e *SearchEdge) Node() SearchResult { return e.list.Nodes[e.i] }

// PageInfo is where a page lies in its list.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

func pageInfo(info page.Info, n int, cursor func(int) string) *PageInfo {
	p := &PageInfo{HasNextPage: info.HasNext, HasPreviousPage: info.HasPrevious}
	if n > 0 {
		start, end := cursor(0), cursor(n-1)
		p.StartCursor, p.EndCursor = &start, &end
	}
	return p
}

func edges[N, E any](nodes []N, fill func(*E, int)) []*E {
	slab := make([]E, len(nodes))
	out := make([]*E, len(nodes))
	for i := range slab {
		fill(&slab[i], i)
		out[i] = &slab[i]
	}
	return out
}
