package executor_test

import (
	"strings"
	"testing"

	"github.com/weftql/weft/executor"
)

// TestLentBuffer runs operations of different sizes one after the other in the
// same buffer: each answer is the same as without one, and the buffer grows
// with the answers.
func TestLentBuffer(t *testing.T) {
	plain, lending := newStubServer(&stub{}), newStubServer(&stub{})
	buffer := make([]byte, 0, 8)
	for _, query := range []string{`{ __typename }`, `{ ` + aliases(60) + `}`, `{ a: __typename }`} {
		want := plain.run(t, t.Context(), query, nil)
		if got := lending.run(t, executor.WithBuffer(t.Context(), &buffer), query, nil); got != want {
			t.Errorf("%.40s: got %.200s, want %.200s", query, got, want)
		}
	}
	if cap(buffer) < 1000 {
		t.Errorf("the buffer has %d bytes, not those of the largest answer", cap(buffer))
	}
}

// aliases selects __typename n times.
func aliases(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat("x", 1+i) + ": __typename ")
	}
	return b.String()
}
