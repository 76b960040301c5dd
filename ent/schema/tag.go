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

// Tag is a subject that posts are filed under.
type Tag struct{ ent.Schema }

// Annotations of the entity.
func (Tag) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entity.List("query.TagList"),
		entity.Announced(),
		entity.Node(),
	}
}

// Fields of the entity.
func (Tag) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("id", typeid.Tag{}).Default(typeid.NewTag).Immutable(),
		field.String("name").NotEmpty().Comment("always in lower case"),
		field.Time("created_at").Immutable().Default(Now),
	}
}

// Edges of the entity.
func (Tag) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("posts", Post.Type).Ref("tags").Through("post_tags", PostTag.Type),
	}
}

// Indexes of the entity; docs/indexes.md names the path of each.
func (Tag) Indexes() []ent.Index {
	return []ent.Index{index.Fields("name").Unique().StorageKey("tags_name")}
}

// PostTag files a post under a tag.
type PostTag struct{ ent.Schema }

// Annotations of the entity.
func (PostTag) Annotations() []schema.Annotation {
	return []schema.Annotation{entity.Announced(), field.ID("post_id", "tag_id")}
}

// Fields of the entity.
func (PostTag) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("post_id", typeid.Post{}).Immutable(),
		field.UUID("tag_id", typeid.Tag{}).Immutable(),
		field.Time("published_at").Optional().Nillable().
			Comment("the post's, while it is listed (published, no reply); NULL else. Repeated here so that one index serves the posts of a tag, newest first"),
	}
}

// Edges of the entity.
func (PostTag) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("post", Post.Type).Field("post_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("tag", Tag.Type).Field("tag_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

// Indexes of the entity; docs/indexes.md names the path of each.
func (PostTag) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("tag_id", "published_at", "post_id").StorageKey("post_tags_newest").
			Annotations(entsql.DescColumns("published_at", "post_id"), entsql.IndexWhere("published_at IS NOT NULL")),
	}
}
