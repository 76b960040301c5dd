package cache

import "github.com/weftql/weft/internal/position"

// Stamp says from when on something that was read is valid.
type Stamp struct {
	At    position.Position
	epoch uint64 // of the instance that read it
}
