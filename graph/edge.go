package graph

import (
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/graph/model"
	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/query"
)

// The names of the lists in which a client shows what it has just made; they
// are part of their cursors.
const (
	allPosts       = "Query.posts"
	repliesOfPost  = "Post.replies"
	commentsOfPost = "Post.comments"
)

// newPostEdge returns a top-level post in the list of posts, or of drafts;
// nil for a reply.
func newPostEdge(p *ent.Post) *model.PostEdge {
	if p.ParentID != nil {
		return nil
	}
	return onlyPost(page.List{Name: allPosts}, query.PostList{Path: query.AllPosts, Statuses: statuses[p.Status]}, p)
}

// newReplyEdge returns a reply in the list of its parent's.
func newReplyEdge(p *ent.Post) *model.PostEdge {
	return onlyPost(page.List{Name: repliesOfPost, Parent: query.Key(p.ParentID.ID)}, query.PostList{Path: query.RepliesOfPost}, p)
}

// onlyPost returns the edge of a post in a list in its default order.
func onlyPost(of page.List, list query.PostList, p *ent.Post) *model.PostEdge {
	c := model.PostConnection{Nodes: []*ent.Post{p}, Of: of, Order: defaultPostOrder(list), List: list}
	return c.Edges()[0]
}

// newCommentEdge returns a comment in the list of its post's.
func newCommentEdge(c *ent.Comment) *model.CommentEdge {
	of := page.List{Name: commentsOfPost, Parent: query.Key(c.PostID.ID)}
	list := model.CommentConnection{Nodes: []*ent.Comment{c}, Of: of, Order: commentOrder(query.CommentsOfPost, nil), List: query.CommentList{Path: query.CommentsOfPost}}
	return list.Edges()[0]
}

// edgesOf returns the edge of what each payload of a mutation holds.
func edgesOf[P, E any](objs []*P, edge func(*P) *E) []*E {
	out := make([]*E, len(objs))
	for i, p := range objs {
		out[i] = edge(p)
	}
	return out
}
