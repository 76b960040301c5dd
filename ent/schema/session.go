package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"github.com/google/uuid"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/entity"
)

// Session is one sign-in and the family of its refresh tokens.
type Session struct{ ent.Schema }

// Fields of the entity.
func (Session) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("id", typeid.Session{}).Default(typeid.NewSession).Immutable(),
		field.UUID("user_id", typeid.User{}).Immutable(),
		field.Time("created_at").Immutable().Default(Now),
		field.Time("expires_at").Comment("when its newest refresh token does"),
		field.Time("revoked_at").Optional().Nillable(),
		field.String("address").Default("").Comment("of the client, when it was last continued"),
		field.String("user_agent").Default("").Comment("what the client called itself then"),
	}
}

// Edges of the entity.
func (Session) Edges() []ent.Edge {
	return []ent.Edge{
		ofUser(),
		edge.To("tokens", RefreshToken.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

// Indexes of the entity; docs/indexes.md names the path of each.
func (Session) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id").StorageKey("sessions_user"),
		index.Fields("expires_at").StorageKey("sessions_expired"),
	}
}

// RefreshToken is one refresh token, which is not in the row: see
// auth/refresh.
type RefreshToken struct{ ent.Schema }

// Fields of the entity.
func (RefreshToken) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("id", uuid.UUID{}).Default(newUUID).Immutable(),
		field.UUID("session_id", typeid.Session{}).Immutable(),
		field.Bytes("hash").NotEmpty().Immutable().Sensitive().Comment("SHA-256 of the token"),
		field.Time("created_at").Immutable().Default(Now),
		field.Time("expires_at").Immutable(),
		field.Time("used_at").Optional().Nillable(),
		field.Bytes("nonce").Optional().Nillable().Sensitive().
			Comment("what the successor was made with, while a second use may ask for it again"),
	}
}

// Edges of the entity.
func (RefreshToken) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("session", Session.Type).Ref("tokens").Field("session_id").Unique().Required().Immutable(),
	}
}

// Indexes of the entity; docs/indexes.md names the path of each.
func (RefreshToken) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("hash").Unique().StorageKey("refresh_tokens_hash"),
		index.Fields("session_id").StorageKey("refresh_tokens_session"),
		index.Fields("expires_at").StorageKey("refresh_tokens_expired"),
	}
}

// Revocation tells every instance that a session or a personal access token
// holds no longer, or that a user has another role than their tokens say. It
// outlives those tokens, by an hour.
type Revocation struct{ ent.Schema }

// Annotations of the entity.
func (Revocation) Annotations() []schema.Annotation {
	return []schema.Annotation{entity.Announced()}
}

// Fields of the entity.
func (Revocation) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("id", uuid.UUID{}).Immutable().Comment("of the session, the personal access token or the user"),
		field.Enum("role").GoType(auth.Role("")).Optional().Nillable().Comment("the user's from now on; NULL for a credential"),
		field.Time("created_at").Default(Now),
	}
}

// Indexes of the entity; docs/indexes.md names the path of each.
func (Revocation) Indexes() []ent.Index {
	return []ent.Index{index.Fields("created_at").StorageKey("revocations_newest")}
}
