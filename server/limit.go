package server

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/internal/apperr"
)

// Limits bounds what one request may ask before anything is executed. In each
// field 0 means the default and a negative number means no limit.
type Limits struct {
	BodyBytes      int // request body; default 1 MiB
	URLBytes       int // request target of a GET; default 16 KiB
	VariablesBytes int // variables as JSON text; default 512 KiB
	Tokens         int // lexical tokens of the document; default 5,000
	Depth          int // nested fields, without edges, node and nodes; default 15
	Aliases        int // aliased fields in the document; default 30
	RootFields     int // fields at the top of one operation, fragments spread; default 20
	Directives     int // directives in the document; default 50
	Fragments      int // fragment definitions in the document; default 50
	Fields         int // fields of all operations with every fragment spread in full; default 5,000

	// Comparisons bounds the pairs of selections that share a response name
	// and so must be compared by validation, whose time grows with them:
	// default 50,000, about 5 ms. The same field selected 300 times in one
	// place comes to 44,850.
	Comparisons int
}

func (l Limits) withDefaults() Limits {
	for field, value := range map[*int]int{
		&l.BodyBytes: 1 << 20, &l.URLBytes: 16 << 10, &l.VariablesBytes: 512 << 10,
		&l.Tokens: 5_000, &l.Depth: 15, &l.Aliases: 30, &l.RootFields: 20,
		&l.Directives: 50, &l.Fragments: 50, &l.Fields: 5_000, &l.Comparisons: 50_000,
	} {
		if *field == 0 {
			*field = value
		}
	}
	return l
}

// exceeded tells whether a count is over a limit.
func exceeded(found, limit int) bool { return limit >= 0 && found > limit }

// check measures a parsed document and refuses it for the first limit that it
// exceeds. It runs before validation, so names may be unknown and fragments
// missing: that is left to validation. Fragments that nothing spreads or that
// spread themselves are refused here, since they cannot be measured.
func (l Limits) check(doc *ast.QueryDocument) (*survey, *gqlerror.Error) {
	if exceeded(len(doc.Fragments), l.Fragments) {
		return nil, limitError(apperr.ValidationFailed, "fragment", "the document defines", len(doc.Fragments), "fragments", l.Fragments)
	}
	s := surveyDocument(doc)
	switch {
	case s.cyclic != "":
		return nil, codedError(apperr.ValidationFailed, "%s", bounded("Cannot spread fragment \""+s.cyclic+"\" within itself."))
	case s.unused != "":
		return nil, codedError(apperr.ValidationFailed, "%s", bounded("Fragment \""+s.unused+"\" is never used."))
	case s.nul:
		return nil, codedError(apperr.BadUserInput, "a string in the document contains NUL, which is not allowed")
	case exceeded(s.depth, l.Depth):
		err := limitError(apperr.DepthLimitExceeded, "depth", "the document nests fields", s.depth, "levels deep", l.Depth)
		err.Message += " (edges, node and nodes are not counted)"
		return nil, err
	case exceeded(s.aliases, l.Aliases):
		return nil, limitError(apperr.ValidationFailed, "alias", "the document has", s.aliases, "aliases", l.Aliases)
	case exceeded(s.directives, l.Directives):
		return nil, limitError(apperr.ValidationFailed, "directive", "the document has", s.directives, "directives", l.Directives)
	case exceeded(s.rootFields, l.RootFields):
		return nil, limitError(apperr.ValidationFailed, "root field", "an operation has", s.rootFields, "fields at its top", l.RootFields)
	case exceeded(s.fields, l.Fields):
		return nil, limitError(apperr.ValidationFailed, "field", "with its fragments spread the document has", s.fields, "fields", l.Fields)
	case exceeded(s.comparisons(l.Comparisons), l.Comparisons):
		return nil, limitError(apperr.ValidationFailed, "comparison", "fields repeated under one response name need", s.compared, "comparisons", l.Comparisons)
	}
	return s, nil
}
