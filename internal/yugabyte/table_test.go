package yugabyte_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table into docs/scaling.md")

const (
	document   = "../../docs/scaling.md"
	tableBegin = "<!-- The table is made by: go test ./internal/yugabyte -run Table -update -->\n"
	tableEnd   = "<!-- End of the table. -->\n"
)

// TestTable holds the table of docs/scaling.md against what is known.
func TestTable(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(text), tableBegin)
	was, after, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		t.Fatalf("%s has no place for the table", document)
	}
	want := table(t)
	if *update {
		if err := os.WriteFile(document, []byte(before+tableBegin+want+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if was != want {
		t.Errorf("%s does not have the table of known_test.go: go test ./internal/yugabyte -run Table -update", document)
	}
}

func table(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| lacking | what Weft uses it for | what to do |\n|---|---|---|\n")
	for _, k := range knowns {
		at := slices.IndexFunc(lacks, func(l lack) bool { return l.name == k.lack })
		if at < 0 {
			t.Fatalf("%s is not in lacks_test.go", k.lack)
		}
		said := ""
		if lacks[at].unsaid {
			said = " (not said)"
		}
		fmt.Fprintf(&b, "| [%s](%s)%s | %s | %s |\n", k.lack, lacks[at].page, said, k.uses, k.todo)
	}
	return b.String()
}
