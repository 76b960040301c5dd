package operation

import (
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/internal/apperr"
)

// Limits bounds one operation, from the bytes of its request to the bytes of
// its answer, so that all limits of an operation are in one place. In each
// field 0 means the default and a negative number means no limit.
type Limits struct {
	// For the request; the transport checks them before it reads further.
	BodyBytes      int // request body; default 1 MiB
	URLBytes       int // request target of a GET; default 16 KiB
	VariablesBytes int // variables as JSON text; default 512 KiB

	// For the document, checked before validation.
	Tokens     int // lexical tokens of the document; default 5,000
	Depth      int // nested fields, without edges, node and nodes; default 15
	Nesting    int // nested selection sets, inline fragments too; default 50
	Aliases    int // aliased fields in the document; default 30
	RootFields int // root fields of one operation, fragments spread; default 20
	Directives int // directives in the document; default 50
	Fragments  int // fragment definitions in the document; default 50
	Fields     int // fields of all operations with every fragment spread in full; default 5,000

	// Comparisons bounds the pairs of selections with the same response name.
	// Validation must compare them, so its time grows with their number. Default
	// 50,000, about 5 ms. The same field selected 300 times in one place has
	// 44,850 pairs.
	Comparisons int

	// For the answer, checked while it is made.
	Objects int // objects in the answer; default 250,000
	Bytes   int // bytes of data and errors in the answer; default 8 MiB
}

// WithDefaults returns the limits with each 0 replaced by its default.
func (l Limits) WithDefaults() Limits {
	for field, value := range map[*int]int{
		&l.BodyBytes: 1 << 20, &l.URLBytes: 16 << 10, &l.VariablesBytes: 512 << 10,
		&l.Tokens: 5_000, &l.Depth: 15, &l.Nesting: 50, &l.Aliases: 30, &l.RootFields: 20,
		&l.Directives: 50, &l.Fragments: 50, &l.Fields: 5_000, &l.Comparisons: 50_000,
		&l.Objects: 250_000, &l.Bytes: 8 << 20,
	} {
		if *field == 0 {
			*field = value
		}
	}
	return l
}

// Exceeded reports whether a count is above a limit.
func Exceeded(found, limit int) bool { return limit >= 0 && found > limit }

// LimitError returns an error that names a limit, what was found and what is
// allowed.
func LimitError(code apperr.Code, limit, subject string, found int, unit string, allowed int) *gqlerror.Error {
	return Errorf(code, "%s limit: %s %d %s, at most %d are allowed", limit, subject, found, unit, allowed)
}
