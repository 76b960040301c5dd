package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestImportStrict imports a dump with broken rows and one without: only the
// first fails, only when asked to, and its whole rows are there all the same.
func TestImportStrict(t *testing.T) {
	const dumps = "../../internal/stackexchange/testdata/"
	for name, tt := range map[string]struct {
		args []string
		exit int
	}{
		"Broken":       {[]string{"stackexchange", dumps + "faults"}, 0},
		"BrokenStrict": {[]string{"-strict", "stackexchange", dumps + "faults"}, 1},
		"WholeStrict":  {[]string{"-strict", "stackexchange", dumps + "pipes"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			environ := []string{"WEFT_DATA_DIR=" + t.TempDir()}
			var stdout, stderr bytes.Buffer
			if got := run(t.Context(), append([]string{"import"}, tt.args...), environ, &stdout, &stderr); got != tt.exit {
				t.Fatalf("exit status %d, want %d\n%s%s", got, tt.exit, &stdout, &stderr)
			}
			if !strings.Contains(stdout.String(), "users") {
				t.Errorf("there is no summary: %s", &stdout)
			}
			if says := strings.Contains(stderr.String(), "rows of the dump were skipped"); says != (tt.exit == 1) {
				t.Errorf("says that rows were skipped: %v\n%s", says, &stderr)
			}
		})
	}
}
