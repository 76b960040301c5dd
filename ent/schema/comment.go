package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/entity"
)

// Comment is a short note on a post.
type Comment struct{ ent.Schema }

// Annotations of the entity.
func (Comment) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entity.List("query.CommentList"),
		entity.Counted(700),
		entity.Announced(),
		entity.Node(
			entity.Field("viewerCanUpdate", "author_id"),
			entity.Field("viewerCanDelete", "author_id"),
		),
	}
}

// Mixin of the entity.
func (Comment) Mixin() []ent.Mixin { return []ent.Mixin{Times{}} }

// Fields of the entity.
func (Comment) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("id", typeid.Comment{}).Default(typeid.NewComment).Immutable(),
		field.Text("body"),
		field.UUID("author_id", typeid.User{}),
		field.UUID("post_id", typeid.Post{}).Immutable(),
	}
}

// Edges of the entity.
func (Comment) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("author", User.Type).Ref("comments").Field("author_id").Unique().Required(),
		edge.From("post", Post.Type).Ref("comments").Field("post_id").Unique().Required().Immutable(),
	}
}

// Indexes of the entity; docs/indexes.md names the path of each.
func (Comment) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("post_id", "created_at", "id").StorageKey("comments_post"),
		index.Fields("author_id", "created_at", "id").StorageKey("comments_author_newest").
			Annotations(entsql.DescColumns("created_at", "id")),
		index.Fields("post_id", "updated_at", "id").StorageKey("comments_post_updated"),
		index.Fields("author_id", "updated_at", "id").StorageKey("comments_author_updated").
			Annotations(entsql.DescColumns("updated_at", "id")),
	}
}
