package config

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/configuration.md")

const manualHead = `# Configuration

` + "`weft`" + ` is configured by environment variables. In development it also reads a file ` + "`.env`" + ` in its working
directory, with lines ` + "`NAME=value`" + `; a variable of the environment wins over one in the file. Production reads no file.

` + "`weft config`" + ` prints the effective values, passwords masked, each with where it is from. A start with wrong values, or
with a ` + "`WEFT_`" + ` variable that does not exist, stops and lists all faults at once. A variable that is set to nothing has
its default, unless its row says what empty means. Times are written like ` + "`1.5s`" + ` or ` + "`2m`" + `.

| Variable | Default | Meaning |
|---|---|---|
`

// TestManual compares docs/configuration.md with the table; -update writes it.
func TestManual(t *testing.T) {
	var b strings.Builder
	b.WriteString(manualHead)
	for _, v := range new(Config).variables() {
		standard := cmp.Or(v.fallback, "empty")
		if v.computed == nil && v.fallback != "" {
			standard = "`" + standard + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", v.name, standard, v.about)
	}
	const manual = "../../docs/configuration.md"
	if *update {
		if err := os.WriteFile(manual, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(b.String(), string(got)); diff != "" {
		t.Errorf("docs/configuration.md is not of this table, run go test ./internal/config -update (-want +got):\n%s", diff)
	}
}
