package model

import (
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/query"
)

// A connection holds one page as it was loaded, and what its totalCount and
// its cursors are made of. Edges, cursors and pageInfo are made when they are
// asked for: most operations want nodes alone.

// PostConnection is one page of posts.
type PostConnection struct {
	Nodes []*ent.Post
	Info  page.Info
	Of    page.List  // what its cursors belong to
	Order page.Order // of the list
	List  query.PostList
}

// Cursor returns the cursor of row i.
func (c *PostConnection) Cursor(i int) string {
	return c.Order.Cursor(c.Of, query.PostPosition(c.Order, c.Nodes[i]))
}

// PageInfo returns where the page lies.
func (c *PostConnection) PageInfo() *PageInfo { return pageInfo(c.Info, len(c.Nodes), c.Cursor) }

// Edges returns the posts with their cursors.
func (c *PostConnection) Edges() []*PostEdge {
	return edges(c.Nodes, func(e *PostEdge, i int) { *e = PostEdge{c, i} })
}

// PostEdge is a post in a list.
type PostEdge struct {
	list *PostConnection
	i    int
}

// Cursor returns the post's position.
func (e *PostEdge) Cursor() string { return e.list.Cursor(e.i) }

// Node returns the post.
func (e *PostEdge) Node() *ent.Post { return e.list.Nodes[e.i] }

// UserConnection is one page of users.
type UserConnection struct {
	Nodes []*ent.User
	Info  page.Info
	Of    page.List  // what its cursors belong to
	Order page.Order // of the list
	List  query.UserList
}

// Cursor returns the cursor of row i.
func (c *UserConnection) Cursor(i int) string {
	return c.Order.Cursor(c.Of, query.UserPosition(c.Order, c.Nodes[i]))
}

// PageInfo returns where the page lies.
func (c *UserConnection) PageInfo() *PageInfo { return pageInfo(c.Info, len(c.Nodes), c.Cursor) }

// Edges returns the users with their cursors.
func (c *UserConnection) Edges() []*UserEdge {
	return edges(c.Nodes, func(e *UserEdge, i int) { *e = UserEdge{c, i} })
}

// UserEdge is a user in a list.
type UserEdge struct {
	list *UserConnection
	i    int
}

// Cursor returns the user's position.
func (e *UserEdge) Cursor() string { return e.list.Cursor(e.i) }

// Node returns the user.
func (e *UserEdge) Node() *ent.User { return e.list.Nodes[e.i] }

// CommentConnection is one page of comments.
type CommentConnection struct {
	Nodes []*ent.Comment
	Info  page.Info
	Of    page.List  // what its cursors belong to
	Order page.Order // of the list
	Path  query.CommentPath
}

// Cursor returns the cursor of row i.
func (c *CommentConnection) Cursor(i int) string {
	return c.Order.Cursor(c.Of, query.CommentPosition(c.Order, c.Nodes[i]))
}

// PageInfo returns where the page lies.
func (c *CommentConnection) PageInfo() *PageInfo { return pageInfo(c.Info, len(c.Nodes), c.Cursor) }

// Edges returns the comments with their cursors.
func (c *CommentConnection) Edges() []*CommentEdge {
	return edges(c.Nodes, func(e *CommentEdge, i int) { *e = CommentEdge{c, i} })
}

// CommentEdge is a comment in a list.
type CommentEdge struct {
	list *CommentConnection
	i    int
}

// Cursor returns the comment's position.
func (e *CommentEdge) Cursor() string { return e.list.Cursor(e.i) }

// Node returns the comment.
func (e *CommentEdge) Node() *ent.Comment { return e.list.Nodes[e.i] }

// TagConnection is one page of tags.
type TagConnection struct {
	Nodes []*ent.Tag
	Info  page.Info
	Of    page.List  // what its cursors belong to
	Order page.Order // of the list
	List  query.TagList
}

// Cursor returns the cursor of row i.
func (c *TagConnection) Cursor(i int) string {
	return c.Order.Cursor(c.Of, query.TagPosition(c.Nodes[i]))
}

// PageInfo returns where the page lies.
func (c *TagConnection) PageInfo() *PageInfo { return pageInfo(c.Info, len(c.Nodes), c.Cursor) }

// Edges returns the tags with their cursors.
func (c *TagConnection) Edges() []*TagEdge {
	return edges(c.Nodes, func(e *TagEdge, i int) { *e = TagEdge{c, i} })
}

// TagEdge is a tag in a list.
type TagEdge struct {
	list *TagConnection
	i    int
}

// Cursor returns the tag's position.
func (e *TagEdge) Cursor() string { return e.list.Cursor(e.i) }

// Node returns the tag.
func (e *TagEdge) Node() *ent.Tag { return e.list.Nodes[e.i] }

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
