package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/entity"
)

// AuditEvent is something that was done to an account. Rows are only added:
// the migrations keep any statement from changing or deleting one. They refer
// to users without a foreign key, because they outlive them.
type AuditEvent struct{ ent.Schema }

// Annotations of the entity.
func (AuditEvent) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entity.List("query.AuditEventList"),
		entity.Node(entity.Field("actor", "actor_id"), entity.Field("user", "user_id")),
	}
}

// Fields of the entity.
func (AuditEvent) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("id", typeid.Event{}).Default(typeid.NewEvent).Immutable(),
		field.Time("created_at").Immutable().Default(Now),
		field.Enum("action").Immutable().Values(
			"SIGNED_UP", "SIGNED_IN", "SIGN_IN_FAILED", "SIGNED_OUT", "REFRESH_REPLAYED", "PASSWORD_CHANGED",
			"PROFILE_CHANGED", "ACCOUNT_DELETED", "ROLE_CHANGED", "TOKEN_CREATED", "TOKEN_REVOKED", "IDENTITY_LINKED"),
		field.UUID("actor_id", typeid.User{}).Optional().Nillable().Immutable().Comment("who did it; NULL if unknown"),
		field.UUID("user_id", typeid.User{}).Optional().Nillable().Immutable().Comment("to whose account; NULL if there is none"),
		field.String("address").Default("").Immutable().Comment("of the client"),
		field.String("detail").Default("").Immutable().Comment("what a reader needs beside the action; never a secret"),
	}
}

// Indexes of the entity; docs/indexes.md names the path of each.
func (AuditEvent) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("created_at", "id").StorageKey("audit_events_newest"),
		index.Fields("user_id", "created_at", "id").StorageKey("audit_events_user").
			Annotations(entsql.DescColumns("created_at", "id")),
	}
}
