package yugabyte_test

import (
	"slices"
	"testing"
)

// TestFinds finds each thing that the engine lacks in a statement that uses it,
// also in the body of a function, and nothing where nothing is.
func TestFinds(t *testing.T) {
	for _, l := range lacks {
		s := statement{text: l.example, protocol: len(l.commands) > 0, inTransaction: l.definitions}
		got, err := lacking(lacks, s)
		if err != nil {
			t.Errorf("%s: %v", l.name, err)
		} else if !slices.Equal(got, []string{l.name}) {
			t.Errorf("%s: found %q in %s", l.name, got, l.example)
		}
	}
	for text, want := range map[string][]string{
		"SELECT a FROM b WHERE c IN (SELECT d FROM e WHERE f = txid_current())": {"transaction ids"},
		"INSERT INTO a AS t (b) VALUES (1) RETURNING t.xmax = 0 AS new":         {"system columns"},
		"WITH w AS (SELECT $1::xid) SELECT 1 FROM w":                            {"transaction ids"},
		"CREATE FUNCTION a() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF pg_current_snapshot() IS NULL THEN PERFORM pg_notify('a', 'b'); END IF; RETURN NULL; END $$": {
			"LISTEN and NOTIFY without a flag", "transaction ids",
		},
		"SELECT k.ord, x.* FROM unnest($1::uuid[]) WITH ORDINALITY AS k(id, ord) CROSS JOIN LATERAL (SELECT a FROM b WHERE c = k.id LIMIT 2) x": nil,
		"CREATE INDEX a ON b USING gin (c)": nil,
		"SELECT 'xmin', age FROM a":         nil,
	} {
		got, err := lacking(lacks, statement{text: text})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("found %q, want %q, in %s: %v", got, want, text, err)
		}
	}
}
