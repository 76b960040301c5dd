package apperr

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestManual holds docs/errors.md against the codes.
func TestManual(t *testing.T) {
	text, err := os.ReadFile("../../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []Code
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\|").FindAllSubmatch(text, -1) {
		documented = append(documented, Code(row[1]))
	}
	if diff := cmp.Diff(Codes(), documented); diff != "" {
		t.Errorf("docs/errors.md (-code +manual):\n%s", diff)
	}
}

func TestCodeOf(t *testing.T) {
	if got := CodeOf(fmt.Errorf("wrapped: %w", New(NotFound, "no"))); got != NotFound {
		t.Errorf("got %s of a wrapped error", got)
	}
	if got := CodeOf(errors.New("plain")); got != Internal {
		t.Errorf("got %s of a plain error", got)
	}
}

func TestFaults(t *testing.T) {
	var none Faults
	if err := none.Err(); err != nil {
		t.Errorf("no faults are an error: %v", err)
	}
	for _, tt := range []struct {
		count, listed int
		message       string
	}{
		{1, 1, "0: x"}, {2, 2, "0: x (and 1 more)"}, {1000, MaxFaults, "0: x (and 999 more)"},
	} {
		var faults Faults
		for i := range tt.count {
			faults.Add(strconv.Itoa(i), "%s", "x")
		}
		known, ok := errors.AsType[*Error](faults.Err())
		if !ok || len(known.Fields) != tt.listed || known.Code != BadUserInput || known.Message != tt.message {
			t.Errorf("%d faults: got %+v", tt.count, known)
		}
	}
}
