package server

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/weftql/weft/internal/apperr"
)

// document is a parsed operation text that passed limits and validation. It is
// shared by requests and never changed.
type document struct {
	text string
	doc  *ast.QueryDocument
}

// documents turns texts into documents and remembers them.
type documents struct {
	schema        *ast.Schema
	rules         *rules.Rules
	quietRules    *rules.Rules // without suggestions
	limits        Limits
	introspection bool
	cache         *documentCache
}

func newDocuments(schema *ast.Schema, o Options) *documents {
	return &documents{
		schema:        schema,
		rules:         validationRules(o.Suggestions),
		quietRules:    validationRules(false),
		limits:        o.Limits,
		introspection: o.Introspection,
		cache:         newDocumentCache(o.DocumentCacheBytes),
	}
}

// validationRules are those of the specification; without suggestions, names
// of the schema that the client did not write stay out of the messages.
func validationRules(suggestions bool) *rules.Rules {
	set := rules.NewDefaultRules()
	if suggestions {
		return set
	}
	for loud, quiet := range map[string]validator.Rule{
		rules.FieldsOnCorrectTypeRule.Name: rules.FieldsOnCorrectTypeRuleWithoutSuggestions,
		rules.KnownArgumentNamesRule.Name:  rules.KnownArgumentNamesRuleWithoutSuggestions,
		rules.KnownTypeNamesRule.Name:      rules.KnownTypeNamesRuleWithoutSuggestions,
		rules.ScalarLeafsRule.Name:         rules.ScalarLeafsRuleWithoutSuggestions,
		rules.ValuesOfCorrectTypeRule.Name: rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
	} {
		set.RemoveRule(loud)
		set.AddRule(quiet.Name, quiet.RuleFunc)
	}
	return set
}

// maxSuggesting is the length in bytes up to which a document gets suggestions.
// Finding them takes time in proportion to the document times the names of the
// schema: for 1 MiB that is seconds.
const maxSuggesting = 16 << 10

// load parses, measures and validates a text, or finds it in the cache.
func (d *documents) load(text string) (*document, gqlerror.List) {
	if known := d.cache.get(text); known != nil {
		return known, nil
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, max(d.limits.Tokens, 0))
	if err != nil {
		return nil, gqlerror.List{d.parseError(text, err)}
	}
	if len(doc.Operations) == 0 {
		return nil, gqlerror.List{codedError(apperr.ValidationFailed, "the document contains no operation")}
	}
	measured, limit := d.limits.check(doc)
	if limit != nil {
		return nil, gqlerror.List{limit}
	}
	if measured.introspect && !d.introspection {
		return nil, gqlerror.List{codedError(apperr.ValidationFailed,
			"introspection is off on this server: __schema and __type cannot be selected")}
	}
	rules := d.rules
	if len(text) > maxSuggesting {
		rules = d.quietRules
	}
	if faults := validator.ValidateWithRules(d.schema, doc, rules); len(faults) > 0 {
		return nil, validationErrors(faults)
	}
	known := &document{text: text, doc: doc}
	d.cache.add(known)
	return known, nil
}

func (d *documents) parseError(text string, err error) *gqlerror.Error {
	fault, ok := errors.AsType[*gqlerror.Error](err)
	if !ok {
		return codedError(apperr.ParseFailed, "the document cannot be parsed")
	}
	if len(fault.Locations) == 0 { // the parser gives every other fault a place
		return limitError(apperr.ParseFailed, "token", "the document has", countTokens(text), "tokens", d.limits.Tokens)
	}
	return &gqlerror.Error{
		Message:    bounded(fault.Message),
		Locations:  fault.Locations,
		Extensions: map[string]any{"code": string(apperr.ParseFailed)},
	}
}

// countTokens counts as the parser does: comments are tokens too.
func countTokens(text string) int {
	count := 0
	for l := lexer.New(&ast.Source{Input: text}); ; {
		token, err := l.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			return count
		}
		count++
	}
}

// maxErrors bounds the validation errors that one answer lists.
const maxErrors = 20

func validationErrors(faults gqlerror.List) gqlerror.List {
	list := make(gqlerror.List, 0, min(len(faults), maxErrors+1))
	for _, fault := range faults {
		if len(list) == maxErrors {
			return append(list, codedError(apperr.ValidationFailed, "%d more errors are not listed", len(faults)-maxErrors))
		}
		list = append(list, &gqlerror.Error{
			Message:    bounded(fault.Message),
			Locations:  fault.Locations[:min(len(fault.Locations), maxErrors)],
			Extensions: map[string]any{"code": string(apperr.ValidationFailed)},
		})
	}
	return list
}

// maxMessage bounds a message, since it can quote names from the document.
const maxMessage = 500

func bounded(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	cut := maxMessage
	for !utf8.RuneStart(message[cut]) {
		cut--
	}
	return message[:cut] + "…"
}

// codedError is an error of the request, made by the server itself.
func codedError(code apperr.Code, format string, args ...any) *gqlerror.Error {
	return &gqlerror.Error{
		Message:    fmt.Sprintf(format, args...),
		Extensions: map[string]any{"code": string(code)},
	}
}

// limitError names a limit, what was found and what is allowed.
func limitError(code apperr.Code, limit, subject string, found int, unit string, allowed int) *gqlerror.Error {
	return codedError(code, "%s limit: %s %d %s, at most %d are allowed", limit, subject, found, unit, allowed)
}
