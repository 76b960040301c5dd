package yugabyte_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestParserStaysOut keeps PostgreSQL's parser out of the program.
func TestParserStaysOut(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "../../cmd/weft").Output()
	if err != nil {
		t.Fatal(err)
	}
	for path := range strings.FieldsSeq(string(out)) {
		if strings.Contains(path, "pgquery") || strings.Contains(path, "wazero") {
			t.Errorf("the program holds %s", path)
		}
	}
}
