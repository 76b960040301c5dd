package document

import (
	"context"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/operation"
)

// Rules says what the step Validate allows beside the specification's rules.
type Rules struct {
	// Introspection allows __schema and __type. Default: off.
	Introspection bool

	// Suggestions lets errors name similar fields, arguments and types ("Did
	// you mean"). Default: off.
	Suggestions bool
}

// maxSuggesting is the length in bytes up to which a document gets suggestions.
// Finding them takes time in proportion to the document times the names of the
// schema: for 1 MiB that is seconds.
const maxSuggesting = 16 << 10

// Validate is the step that validates a document that is new, and keeps it in
// the cache from then on.
func Validate(cache *Cache, schema *ast.Schema, r Rules) operation.Step {
	usual, quiet := validationRules(r.Suggestions), validationRules(false)
	return operation.Check(func(_ context.Context, op *operation.Operation) *operation.Response {
		document := op.Document
		if document.Valid {
			return nil
		}
		if !r.Introspection && introspects(document.AST) {
			return operation.Refuse(operation.Errorf(apperr.ValidationFailed,
				"introspection is off on this server: __schema and __type cannot be selected"))
		}
		rules := usual
		if len(document.Text) > maxSuggesting {
			rules = quiet
		}
		if faults := validator.ValidateWithRules(schema, document.AST, rules); len(faults) > 0 {
			return operation.Refuse(validationErrors(faults)...)
		}
		document.Valid = true
		cache.add(document)
		return nil
	})
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

// maxErrors bounds the errors that one answer lists.
const maxErrors = 20

func validationErrors(faults gqlerror.List) gqlerror.List {
	list := make(gqlerror.List, 0, min(len(faults), maxErrors+1))
	for _, fault := range faults {
		if len(list) == maxErrors {
			return append(list, operation.Errorf(apperr.ValidationFailed, "%d more errors are not listed", len(faults)-maxErrors))
		}
		list = append(list, &gqlerror.Error{
			Message:    bounded(fault.Message),
			Locations:  fault.Locations[:min(len(fault.Locations), maxErrors)],
			Extensions: map[string]any{"code": string(apperr.ValidationFailed)},
		})
	}
	return list
}

// introspects reports whether a document selects __schema or __type.
func introspects(doc *ast.QueryDocument) bool {
	for _, o := range doc.Operations {
		if selectsSchema(o.SelectionSet) {
			return true
		}
	}
	for _, fragment := range doc.Fragments {
		if selectsSchema(fragment.SelectionSet) {
			return true
		}
	}
	return false
}

func selectsSchema(set ast.SelectionSet) bool {
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			if selection.Name == "__schema" || selection.Name == "__type" || selectsSchema(selection.SelectionSet) {
				return true
			}
		case *ast.InlineFragment:
			if selectsSchema(selection.SelectionSet) {
				return true
			}
		}
	}
	return false
}
