package query

import (
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/internal/page"
)

// Posts are the posts that the viewer may see.
var Posts = entity(table.Posts, (*Queries).postVisible)

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
		// Only lists of published posts run by publishing time.
		return page.Position{ID: p.ID.UUID()}
	}
}
