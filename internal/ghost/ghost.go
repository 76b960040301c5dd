// Package ghost says who the user is to whom the content of deleted accounts,
// and of imported authors who are not known, belongs. Whoever needs that user
// first makes it.
package ghost

import (
	"time"

	"github.com/google/uuid"

	"github.com/weftql/weft/ent/typeid"
)

// What the user is called.
const (
	Username = "ghost"
	Name     = "Ghost"
	Bio      = "Stands in for authors whose accounts are gone."
)

// ID is the same in every database: a UUID v7 of the first millisecond there is.
func ID() typeid.User { return typeid.UserFrom(uuid.UUID{6: 0x70, 8: 0x80, 15: 1}) }

// CreatedAt is before all other users.
func CreatedAt() time.Time { return time.Unix(0, 0).UTC() }
