package apperr

import (
	"errors"
	"fmt"
	"os"
	"regexp"
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

func TestBadInputsNamesAll(t *testing.T) {
	if err := BadInputs(nil); err != nil {
		t.Errorf("no faults are an error: %v", err)
	}
	err := BadInputs([]Field{{"a", "x"}, {"b", "y"}})
	known, ok := errors.AsType[*Error](err)
	if !ok || len(known.Fields) != 2 || known.Code != BadUserInput {
		t.Errorf("got %+v", err)
	}
}
