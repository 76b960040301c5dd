package answer

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"

	"github.com/weftql/weft/internal/depend"
	"github.com/weftql/weft/internal/rediscache"
)

// Answers for everybody are shared through Redis. An instance uses one only if
// it knows all the changes since the answer was read.

func (k key) String() string { return hex.EncodeToString(k[:]) }

// fetch returns the answer with this key that another instance has made, but
// without its stamp's epoch, which only the instance knows. It returns nil if
// there is none, or if Redis does not answer.
func (a *Answers) fetch(ctx context.Context, k key) *entry {
	got := a.o.Shared.Get(ctx, k.String())
	if got == nil || got[0].Data == nil {
		return nil
	}
	e, err := decode(got[0].Data)
	if err != nil {
		a.o.Shared.Refuse()
		return nil
	}
	e.stamp.At = got[0].At
	return e
}

// publish has an answer written to Redis.
func (a *Answers) publish(k key, e *entry, now time.Time) {
	a.o.Shared.Put(rediscache.Write{
		Key: k.String(), At: e.stamp.At, TTL: e.until.Sub(now), Bytes: fixedSize + 8*len(e.depends) + len(e.data), Append: e.appendTo,
	})
}

// The data of an answer in Redis: when it was made and until when it is valid
// in Unix milliseconds, the number of keys, the keys, and the answer.
const fixedSize = 8 + 8 + 4

var errDamaged = errors.New("an answer in Redis is damaged")

func (e *entry) appendTo(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(e.made.UnixMilli()))
	b = binary.BigEndian.AppendUint64(b, uint64(e.until.UnixMilli()))
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.depends)))
	b = depend.AppendBinary(b, e.depends)
	return append(b, e.data...)
}

// decode reads what appendTo wrote.
func decode(b []byte) (*entry, error) {
	if len(b) < fixedSize {
		return nil, errDamaged
	}
	e := &entry{
		made:  time.UnixMilli(int64(binary.BigEndian.Uint64(b))),
		until: time.UnixMilli(int64(binary.BigEndian.Uint64(b[8:]))),
	}
	n := int(binary.BigEndian.Uint32(b[16:]))
	b = b[fixedSize:]
	if n > depend.MaxKeys*2 || len(b) < 8*n {
		return nil, errDamaged
	}
	e.depends, e.data = depend.FromBinary(b[:8*n]), b[8*n:]
	e.tag = tagOf(e.data)
	return e, nil
}
