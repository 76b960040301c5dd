package yugabyte_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/wasilibs/go-pgquery/parser"
)

// sequences are how a statement makes or uses a counter that all nodes share.
var sequences = []lack{{
	name: "a sequence", nodes: []string{"CreateSeqStmt", "Constraint contype=CONSTR_IDENTITY"},
	names: map[string][]string{"FuncCall": {"nextval", "setval", "currval"}, "TypeName": {"serial", "bigserial", "smallserial", "serial4", "serial8"}},
}}

// TestSchema holds docs/scaling.md to what it says of the schema: each table has
// a primary key that begins with a UUID, and there is no sequence. Only the table
// that has a row for each migration is left out.
func TestSchema(t *testing.T) {
	if got, err := lacking(sequences, statement{text: "CREATE TABLE a (b bigint GENERATED ALWAYS AS IDENTITY)"}); err != nil || len(got) != 1 {
		t.Fatalf("a sequence is not found: %v", err)
	}
	tables := 0
	for _, s := range migrated(t) {
		if got, err := lacking(sequences, s); err != nil || len(got) > 0 {
			t.Errorf("%s has a sequence: %v\n%s", s.where, err, s.text)
		}
		table, columns, primary := created(t, s.text)
		if table == "" || table == "schema_compatible" {
			continue
		}
		tables++
		if len(primary) == 0 || columns[primary[0]] != "uuid" {
			t.Errorf("%s: the primary key of %s is %v, which begins with no UUID", s.where, table, primary)
		}
	}
	if tables < 10 {
		t.Errorf("found only %d tables", tables)
	}
}

// created returns the name of the table that a statement makes, the types of its
// columns and its primary key.
func created(t *testing.T, text string) (table string, columns map[string]string, primary []string) {
	t.Helper()
	if !strings.HasPrefix(text, "CREATE TABLE") {
		return "", nil, nil
	}
	tree, err := parser.ParseToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	var parsed any
	if err := json.Unmarshal([]byte(tree), &parsed); err != nil {
		t.Fatal(err)
	}
	columns = map[string]string{}
	visit(parsed, func(kind string, at map[string]any) {
		switch kind {
		case "CreateStmt":
			relation, _ := at["relation"].(map[string]any)
			table, _ = relation["relname"].(string)
		case "ColumnDef":
			name, _ := at["colname"].(string)
			of, _ := at["typeName"].(map[string]any)
			columns[name] = last(of["names"])
		case "Constraint":
			if at["contype"] == "CONSTR_PRIMARY" {
				keys, _ := at["keys"].([]any)
				for _, k := range keys {
					primary = slices.Concat(primary, []string{last([]any{k})})
				}
			}
		}
	})
	return table, columns, primary
}
