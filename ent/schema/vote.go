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

// Vote is what a user thinks of a post. Whoever has no opinion has no row.
type Vote struct{ ent.Schema }

// Annotations of the entity.
func (Vote) Annotations() []schema.Annotation {
	return []schema.Annotation{entity.Announced(), field.ID("post_id", "user_id")}
}

// Fields of the entity.
func (Vote) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("post_id", typeid.Post{}).Immutable(),
		field.UUID("user_id", typeid.User{}).Immutable(),
		field.Int("value").Comment("1 for up, -1 for down"),
		field.Time("created_at").Immutable().Default(Now),
	}
}

// Edges of the entity.
func (Vote) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("post", Post.Type).Field("post_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
		// No cascade: a vote that went without its part of the score would leave
		// the score wrong.
		edge.To("user", User.Type).Field("user_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Restrict)),
	}
}

// Indexes of the entity; docs/indexes.md names the path of each.
func (Vote) Indexes() []ent.Index {
	return []ent.Index{index.Fields("user_id", "post_id").StorageKey("votes_user")}
}
