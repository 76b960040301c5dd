package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"github.com/google/uuid"

	"github.com/weftql/weft/ent/typeid"
)

// Credential is the password of a user. Users who come from an external issuer,
// and imported authors, have none.
type Credential struct{ ent.Schema }

// Fields of the entity.
func (Credential) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("id", uuid.UUID{}).Default(newUUID).Immutable(),
		field.UUID("user_id", typeid.User{}).Immutable(),
		field.String("password_hash").NotEmpty().Sensitive().Comment("argon2id, as a PHC string"),
		field.Time("changed_at").Default(Now).Comment("when the password was chosen; a re-hash does not count"),
	}
}

// Edges of the entity.
func (Credential) Edges() []ent.Edge { return []ent.Edge{ofUser()} }

// Indexes of the entity; docs/indexes.md names the path of each.
func (Credential) Indexes() []ent.Index {
	return []ent.Index{index.Fields("user_id").Unique().StorageKey("credentials_user")}
}

// newUUID makes ids that are never seen outside.
func newUUID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// ofUser is the edge to the user with whom a row goes.
func ofUser() ent.Edge {
	return edge.To("user", User.Type).Field("user_id").Unique().Required().Immutable().
		Annotations(entsql.OnDelete(entsql.Cascade))
}
