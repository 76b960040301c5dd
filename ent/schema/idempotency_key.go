package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"github.com/google/uuid"

	"github.com/weftql/weft/ent/typeid"
)

// IdempotencyKey is a mutation that may be sent again: see
// internal/idempotency.
type IdempotencyKey struct{ ent.Schema }

// Fields of the entity.
func (IdempotencyKey) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("id", uuid.UUID{}).Immutable().Comment("hash of the user, the key and the field's place"),
		field.UUID("user_id", typeid.User{}).Immutable(),
		field.Bytes("input").Comment("SHA-256 of the root fields and their arguments"),
		field.Bytes("answer").Comment("ids of the objects that were answered, as JSON"),
		field.Time("created_at").Default(Now),
	}
}

// Edges of the entity.
func (IdempotencyKey) Edges() []ent.Edge { return []ent.Edge{ofUser()} }

// Indexes of the entity; docs/indexes.md names the path of each.
func (IdempotencyKey) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id").StorageKey("idempotency_keys_user"),
		index.Fields("created_at").StorageKey("idempotency_keys_expired"),
	}
}
