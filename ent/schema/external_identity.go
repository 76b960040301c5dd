package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"github.com/google/uuid"

	"github.com/weftql/weft/ent/typeid"
)

// ExternalIdentity links a user to a subject of an external issuer.
type ExternalIdentity struct{ ent.Schema }

// Fields of the entity.
func (ExternalIdentity) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("id", uuid.UUID{}).Default(newUUID).Immutable(),
		field.UUID("user_id", typeid.User{}).Immutable(),
		field.String("issuer").NotEmpty().Immutable(),
		field.String("subject").NotEmpty().Immutable(),
		field.Time("created_at").Immutable().Default(Now),
	}
}

// Edges of the entity.
func (ExternalIdentity) Edges() []ent.Edge { return []ent.Edge{ofUser()} }

// Indexes of the entity; docs/indexes.md names the path of each.
func (ExternalIdentity) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("issuer", "subject").Unique().StorageKey("external_identities_subject"),
		index.Fields("user_id").StorageKey("external_identities_user"),
	}
}
