package query

import (
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/posttag"
	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/internal/page"
)

// Posts are the posts that the viewer may see.
var Posts = entity(table.Posts, (*Queries).postVisible).everybodySees(table.PostStatus|table.PostParentID, func(p *ent.Post) bool {
	return p.Status == post.StatusPUBLISHED && p.ParentID == nil
}).keep(table.PostBody | table.PostBodyHTML)

// Entity implements List.
func (PostList) Entity() *Entity[ent.Post] { return Posts }

// Nested implements List.
func (l PostList) Nested() bool { return l.Path != AllPosts }

// Loaders implements List.
func (l PostList) Loaders() (pages, counts string) {
	switch l.Path {
	case PostsOfAuthor:
		return "PostsByAuthor", "PostCountByAuthor"
	case PostsOfTag:
		return "PostsByTag", "PostCountByTag"
	case RepliesOfPost:
		return "RepliesByPost", "ReplyCountByPost"
	default:
		return "Posts", "PostCount"
	}
}

func (PostList) columns(o page.Order) Columns {
	switch o.Field {
	case page.CreatedAt:
		return table.PostCreatedAt
	case page.UpdatedAt:
		return table.PostUpdatedAt
	case page.Score:
		return table.PostScore
	default:
		return table.PostPublishedAt
	}
}

func (l PostList) sources(o page.Order) []source {
	posts := source{table: post.Table, columns: []string{post.FieldStatus, post.FieldPublishedAt}}
	switch o.Field {
	case page.UpdatedAt:
		posts.columns = append(posts.columns, post.FieldUpdatedAt)
	case page.Score:
		posts.columns = append(posts.columns, post.FieldScore)
	}
	tagged := source{table: posttag.Table, columns: []string{posttag.FieldPublishedAt}}
	switch l.Path {
	case PostsOfAuthor:
		posts.ref = post.FieldAuthorID
	case RepliesOfPost:
		posts.ref = post.FieldParentID
	case PostsOfTag:
		tagged.ref = posttag.FieldTagID
	case AllPosts:
		if !l.Author.IsZero() {
			posts.ref, posts.parent = post.FieldAuthorID, Key(l.Author.ID)
		}
	}
	switch {
	case l.Path != PostsOfTag && l.Tags[0] == "":
		return []source{posts}
	case l.listed() && (o.Field == 0 || o.Field == page.PublishedAt) && l.Author.IsZero():
		return []source{tagged} // it says everything, and changes with the posts
	default:
		return []source{tagged, posts}
	}
}

// Position implements List.
func (PostList) Position(o page.Order, p *ent.Post) page.Position {
	switch {
	case o.Field == page.CreatedAt:
		return page.AtTime(p.CreatedAt, p.ID.UUID())
	case o.Field == page.UpdatedAt:
		return page.AtTime(p.UpdatedAt, p.ID.UUID())
	case o.Field == page.Score:
		return page.AtInt(int64(p.Score), p.ID.UUID())
	case p.PublishedAt != nil:
		return page.AtTime(*p.PublishedAt, p.ID.UUID())
	default:
		// Only lists of published posts are ordered by publishing time.
		return page.Position{ID: p.ID.UUID()}
	}
}
