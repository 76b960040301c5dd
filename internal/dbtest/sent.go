package dbtest

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// Sent is a statement that a server was sent.
type Sent struct {
	Session  string // of the server
	Text     string // with placeholders
	Protocol bool   // it is a command of the replication protocol, which is no SQL
}

const (
	// sentMark begins a line of the server's log; no statement holds it.
	sentMark   = "\x1e"
	sentPrefix = sentMark + "%u %p "
)

var sentLine = regexp.MustCompile(`(?s)^` + owner + ` (\d+) LOG:  (statement|execute [^:]*|received replication command): (.*)$`)

// Record has the server log each statement from now on, and returns what reads
// those that came since from the role that tests get.
func (c *Cluster) Record(t testing.TB) func() []Sent {
	t.Helper()
	if c.Node == nil {
		t.Skip("needs the server's log, WEFT_TEST_POSTGRES_URL does not do")
	}
	c.Set(t, "log_line_prefix = '"+sentPrefix+"'", "log_parameter_max_length = 0", "log_replication_commands = on", "log_statement = 'all'")
	return func() []Sent {
		text, err := os.ReadFile(c.server.Log())
		if err != nil {
			t.Fatal(fmt.Errorf("read server log: %w", err))
		}
		var all []Sent
		for line := range strings.SplitSeq(string(text), sentMark) {
			if m := sentLine.FindStringSubmatch(line); m != nil {
				sql := strings.ReplaceAll(strings.TrimRight(m[3], "\n"), "\n\t", "\n")
				all = append(all, Sent{Session: m[1], Text: sql, Protocol: strings.HasPrefix(m[2], "received")})
			}
		}
		return all
	}
}
