package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestManual holds docs/rate-limits.md to what the command says.
func TestManual(t *testing.T) {
	outcomes, err := compare(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	manual, err := os.ReadFile("../../docs/rate-limits.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(manual), table(outcomes)) {
		t.Errorf("docs/rate-limits.md does not have this table; run make bench-limits:\n%s", table(outcomes))
	}
	plot, err := os.ReadFile("../../docs/rate-limits.svg")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(plot, draw(outcomes)) {
		t.Error("docs/rate-limits.svg is another plot; run make bench-limits")
	}
}
