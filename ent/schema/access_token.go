package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/entity"
)

// AccessToken is a personal access token, which is not in the row: see
// auth/personal. A revoked one has no row.
type AccessToken struct{ ent.Schema }

// Annotations of the entity.
func (AccessToken) Annotations() []schema.Annotation {
	return []schema.Annotation{entity.Called("personal access token")}
}

// Fields of the entity.
func (AccessToken) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("id", typeid.Token{}).Default(typeid.NewToken).Immutable(),
		field.UUID("user_id", typeid.User{}).Immutable(),
		field.String("name").NotEmpty(),
		field.Bytes("hash").NotEmpty().Immutable().Sensitive().Comment("SHA-256 of the token"),
		field.String("hint").Immutable().Comment("the token's last four characters"),
		field.String("scopes").GoType(auth.Scopes("")).Immutable(),
		field.Time("created_at").Immutable().Default(Now),
		field.Time("expires_at").Immutable(),
		field.Time("used_at").Optional().Nillable().Comment("to the hour"),
	}
}

// Edges of the entity.
func (AccessToken) Edges() []ent.Edge { return []ent.Edge{ofUser()} }

// Indexes of the entity; docs/indexes.md names the path of each.
func (AccessToken) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("hash").Unique().StorageKey("access_tokens_hash"),
		index.Fields("user_id", "id").StorageKey("access_tokens_user"),
	}
}
