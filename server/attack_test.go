package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/internal/operation"
)

// doublingFragments is a document whose n fragments each spread the next one
// twice, so that it has 2^n fields when spread in full.
func doublingFragments(n int) string {
	var text strings.Builder
	text.WriteString("{ node { ...F0 } }\n")
	for i := range n - 1 {
		fmt.Fprintf(&text, "fragment F%d on Node { ...F%d node { ...F%d } }\n", i, i+1, i+1)
	}
	fmt.Fprintf(&text, "fragment F%d on Node { id }\n", n-1)
	return text.String()
}

// numbered repeats a format with the numbers from 0.
func numbered(n int, format string) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, format, i)
	}
	return text.String()
}

func nested(levels int) string {
	return "{ node " + strings.Repeat("{ child ", levels-1) + "{ id }" + strings.Repeat(" }", levels)
}

// attackTime is far above what a refusal takes, a few milliseconds, and far
// below what a document that explodes would take.
const attackTime = 2 * time.Second

func TestAttackDocument(t *testing.T) {
	const validation = "GRAPHQL_VALIDATION_FAILED"
	tests := map[string]struct {
		query string
		code  string
		want  string // in the message
	}{
		"NestedFields": {
			nested(50), "DEPTH_LIMIT_EXCEEDED",
			"depth limit: the document nests fields 50 levels deep, at most 15 are allowed (edges, node and nodes are not counted)",
		},
		"NestedInlineFragments": {
			"{" + strings.Repeat(" ... {", 500) + " hello" + strings.Repeat(" }", 501), "DEPTH_LIMIT_EXCEEDED",
			"nesting limit: the document nests fields and fragments 501 levels deep, at most 50 are allowed",
		},
		"NestedInOneFragment": {
			"{ ...F } fragment F on Query {" + strings.Repeat(" ... on Query {", 49) + " hello" + strings.Repeat(" }", 50), "DEPTH_LIMIT_EXCEEDED",
			"nesting limit: the document nests fields and fragments 51 levels deep, at most 50 are allowed",
		},
		"Aliases": {
			"{" + numbered(1000, " a%d: hello") + " }", validation,
			"alias limit: the document has 1000 aliases, at most 30 are allowed",
		},
		"DoublingFragments": {
			doublingFragments(30), validation,
			"field limit: with its fragments spread the document has 1073741824 fields, at most 5000 are allowed",
		},
		"MoreDoublingFragments": {
			doublingFragments(50), validation,
			"field limit: with its fragments spread the document has 1073741824 fields, at most 5000 are allowed",
		},
		"FragmentCycle": {
			"{ node { ...A } } fragment A on Node { ...B child { ...A } } fragment B on Node { ...A }", validation,
			`Cannot spread fragment "A" within itself.`,
		},
		"Fragments": {
			"{ node { id } }" + numbered(51, " fragment F%d on Node { id }"), validation,
			"fragment limit: the document defines 51 fragments, at most 50 are allowed",
		},
		"UnusedFragment": {
			"{ node { id } } fragment Spare on Node { " + strings.Repeat("id ", 4000) + "}", validation,
			`Fragment "Spare" is never used.`,
		},
		"RootFields": {
			"{" + strings.Repeat(" hello", 21) + " }", validation,
			"root field limit: an operation has 21 fields at its top, at most 20 are allowed",
		},
		"RootFieldsInFragment": {
			"{ ...F } fragment F on Query {" + strings.Repeat(" hello", 21) + " }", validation,
			"root field limit: an operation has 21 fields at its top, at most 20 are allowed",
		},
		"Directives": {
			"{ hello" + strings.Repeat(" @include(if: true)", 51) + " }", validation,
			"directive limit: the document has 51 directives, at most 50 are allowed",
		},
		"Tokens": {
			"{" + strings.Repeat(" hello", 6000) + " }", "GRAPHQL_PARSE_FAILED",
			"token limit: the document has 6002 tokens, at most 5000 are allowed",
		},
		"RepeatedField": {
			"{ node {" + strings.Repeat(" id", 4900) + " } }", validation,
			"comparison limit: fields repeated under one response name need 12002550 comparisons, at most 50000 are allowed",
		},
		"RepeatedTree": {
			"{ node {" + strings.Repeat(" child {"+strings.Repeat(" child { id id }", 20)+" }", 40) + " } }", validation,
			"comparison limit: fields repeated under one response name need",
		},
		"RepeatedInFragments": {
			"{ node {" + numbered(40, " ...F%d") + " } }" +
				strings.ReplaceAll(numbered(40, " fragment F%d on Node { X }"), "X", strings.Repeat("child { id } ", 20)),
			validation, "comparison limit: fields repeated under one response name need",
		},
		"OperationsSharingAFragment": {
			numbered(500, " query Q%d { ...F }") + " fragment F on Query { node {" + strings.Repeat(" id", 15) + " } }", validation,
			"field limit: with its fragments spread the document has 8000 fields, at most 5000 are allowed",
		},
		"LongName":     {"{ " + strings.Repeat("n", 900_000) + " }", validation, "Cannot query field"},
		"NestedLists":  {"{ echo(tags: " + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + ") }", "GRAPHQL_PARSE_FAILED", "exceeded maximum nesting depth"},
		"NULInLiteral": {"{ echo(text: \"a\\u0000b\") }", "BAD_USER_INPUT", "NUL"},
		"Comments":     {strings.Repeat("#\n", 200_000), "GRAPHQL_PARSE_FAILED", "token limit: the document has 200000 tokens"},
		"UnknownFields": {
			"{ node {" + numbered(2000, " unknown%d") + " } }", validation, `Cannot query field "unknown0" on type "Node".`,
		},
	}
	b := setup(t, nil)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			a := b.post(t, tt.query)
			took := time.Since(start)
			if a.status != 400 || a.code() != tt.code || !strings.Contains(a.message(), tt.want) {
				t.Errorf("got %d %s %q", a.status, a.code(), a.message())
			}
			if took > attackTime {
				t.Errorf("took %v", took)
			}
			t.Log(took)
			if len(a.body) > 10_000 {
				t.Errorf("the refusal takes %d bytes", len(a.body))
			}
		})
	}
}

// Even without limits the server takes no exponential time.
func TestDoublingFragmentsWithoutLimits(t *testing.T) {
	b := setup(t, func(o *config) {
		o.Limits = operation.Limits{
			Tokens: -1, Depth: -1, Nesting: -1, Aliases: -1, RootFields: -1, Directives: -1, Fragments: -1, Fields: -1, Comparisons: -1,
		}
	})
	start := time.Now()
	a := b.post(t, doublingFragments(30))
	if a.status != 200 {
		t.Errorf("got %d %s", a.status, a.message())
	}
	if took := time.Since(start); took > attackTime {
		t.Errorf("took %v", took)
	}
}

// A limit allows a document that is exactly at it.
func TestLimitIsInclusive(t *testing.T) {
	b := setup(t, nil)
	for name, query := range map[string]string{
		"Depth":      nested(15),
		"FreeFields": "{ " + strings.Repeat("node { ", 20) + "node " + nested(15)[len("{ node "):] + strings.Repeat(" }", 20),
		"Aliases":    "{ hello node {" + numbered(30, " a%d: id") + " } }",
		"RootFields": "{" + strings.Repeat(" hello", 20) + " }",
		"Inline":     "{" + strings.Repeat(" ... {", 49) + " hello" + strings.Repeat(" }", 50),
		"Directives": "{ node {" + strings.Repeat(" id @include(if: true)", 50) + " } }",
		"Fragments":  "{ node {" + numbered(50, " ...F%d") + " } }" + numbered(50, " fragment F%d on Node { id }"),
		"Repeated":   "{ node {" + strings.Repeat(" id", 300) + " } }",
	} {
		t.Run(name, func(t *testing.T) {
			if a := b.post(t, query); a.status != 200 {
				t.Errorf("got %d %s", a.status, a.message())
			}
		})
	}
}

func TestFreeFieldsStillCountOtherLevels(t *testing.T) {
	b := setup(t, nil)
	a := b.post(t, "{ edges { node { nodes "+nested(16)[len("{ node "):]+" } }")
	if a.code() != "DEPTH_LIMIT_EXCEEDED" || !strings.Contains(a.message(), "16 levels deep") {
		t.Errorf("got %d %s", a.status, a.message())
	}
}
