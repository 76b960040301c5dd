package stackexchange

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// epoch is the day on which the oldest site of the network took its first
// rows. It is the time that ids and undated rows count from.
var epoch = time.Date(2008, time.July, 31, 0, 0, 0, 0, time.UTC)

// maxID bounds the ids of a dump; real ones stay below 2^31. Beyond it the
// time of a UUID would end.
const maxID = 1 << 40

// rowID computes the UUID v7 of a row: its time is the epoch and as many
// milliseconds as the dump's id, so that order stays and indexes grow at their
// end; the other 74 bits are of the hash of site, kind and id. No table of ids
// is needed, and the same row has the same id in every dump of its site.
func rowID(site, kind string, id int64) uuid.UUID {
	return hashedID(site, kind, strconv.FormatInt(id, 10), epoch.UnixMilli()+id)
}

// tagID computes the id of a tag. Tags have their name in common over all
// sites; their numbers change when a tag comes back.
func tagID(name string) uuid.UUID { return hashedID("", "tag", name, epoch.UnixMilli()) }

func hashedID(site, kind, key string, milliseconds int64) uuid.UUID {
	text := make([]byte, 0, 96)
	text = append(append(append(text, "stackexchange\x00"...), site...), 0)
	text = append(append(append(text, kind...), 0), key...)
	sum := sha256.Sum256(text)
	var u uuid.UUID
	copy(u[:], sum[:])
	var at [8]byte
	binary.BigEndian.PutUint64(at[:], uint64(milliseconds))
	copy(u[:6], at[2:])
	u[6] = 0x70 | u[6]&0x0f
	u[8] = 0x80 | u[8]&0x3f
	return u
}

func checkID(id int64) error {
	if id < -maxID || id > maxID {
		return errors.New("is too large")
	}
	return nil
}
