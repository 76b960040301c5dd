package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/entity"
)

// User is an account, or the author of imported content.
type User struct{ ent.Schema }

// Annotations of the entity.
func (User) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entity.List("query.UserList"),
		entity.Announced(),
		entity.Node(
			entity.Field("accessTokens"),
			entity.Field("sessions"),
			entity.Field("avatarUrl", "avatar_url"),
			entity.Field("email", "email"),
		),
	}
}

// Mixin of the entity.
func (User) Mixin() []ent.Mixin { return []ent.Mixin{Times{}} }

// Fields of the entity.
func (User) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("id", typeid.User{}).Default(typeid.NewUser).Immutable(),
		field.String("username").NotEmpty(),
		field.String("username_key").NotEmpty().Comment("username in lower case: names are unique without regard to case"),
		field.String("name").Default(""),
		field.Text("bio").Default(""),
		field.String("avatar_url").Default(""),
		field.String("email").Optional().Nillable().Comment("NULL for imported authors and for ghost"),
		field.String("email_key").Optional().Nillable().Comment("email in lower case, unique"),
		field.Enum("role").GoType(auth.Role("")).Default(string(auth.RoleUser)),
	}
}

// Edges of the entity.
func (User) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("posts", Post.Type).Annotations(entsql.OnDelete(entsql.Restrict)),
		edge.To("comments", Comment.Type).Annotations(entsql.OnDelete(entsql.Restrict)),
		edge.From("voted", Post.Type).Ref("voters").Through("votes", Vote.Type),
	}
}

// Indexes of the entity; docs/indexes.md names the path of each.
func (User) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("username_key").Unique().StorageKey("users_username_key"),
		index.Fields("email_key").Unique().StorageKey("users_email_key"),
		index.Fields("created_at", "id").StorageKey("users_newest"),
	}
}
