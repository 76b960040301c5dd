package database

import (
	"encoding/binary"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// readable reports whether every column comes in the form that Raw promises.
// It does unless the URL asks for a mode of pgx in which PostgreSQL sends text.
func readable(fields []pgconn.FieldDescription) bool {
	for _, f := range fields {
		switch f.DataTypeOID {
		case pgtype.TextOID, pgtype.VarcharOID: // the same in both formats
		case pgtype.UUIDOID, pgtype.TimestamptzOID, pgtype.Int8OID:
			if f.Format != pgtype.BinaryFormatCode {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// keysCodec encodes many UUIDs as one parameter without asking for the plan of
// each.
type keysCodec struct{ *pgtype.ArrayCodec }

// PlanEncode implements pgtype.Codec.
func (c keysCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if _, ok := value.([][16]byte); ok && format == pgtype.BinaryFormatCode {
		return encodeKeys{}
	}
	return c.ArrayCodec.PlanEncode(m, oid, format, value)
}

type encodeKeys struct{}

// Encode writes the array's header (dimensions, NULLs, element type, length,
// first index) and each UUID with its length before it.
func (encodeKeys) Encode(value any, buf []byte) ([]byte, error) {
	keys := value.([][16]byte)
	buf = slices.Grow(buf, 20+20*len(keys))
	for _, n := range [...]uint32{1, 0, pgtype.UUIDOID, uint32(len(keys)), 1} {
		buf = binary.BigEndian.AppendUint32(buf, n)
	}
	for i := range keys {
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(keys[i])))
		buf = append(buf, keys[i][:]...)
	}
	return buf, nil
}
