package stackexchange

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/weftql/weft/internal/bulk"
)

// Count tells what became of the rows of one kind.
type Count struct {
	// Read is how many whole rows there were, without the Faults.
	Read int
	bulk.Result
	// Skipped counts the rows that were left out on purpose, by reason.
	Skipped map[string]int
	// Faults counts the broken rows.
	Faults int
	// Ghost counts the rows whose author is gone.
	Ghost int
	// Cleaned counts the control characters that were dropped from values.
	Cleaned int
}

func (c *Count) skip(reason string) {
	if c.Skipped == nil {
		c.Skipped = map[string]int{}
	}
	c.Skipped[reason]++
}

// Summary tells what an import did.
type Summary struct {
	// Site is the name that ids were computed with.
	Site string
	// Missing names the files that were not there.
	Missing []string

	Users, Tags, Questions, Answers, Comments, Votes Count

	// OtherPosts counts the posts of types that are not imported, by type.
	OtherPosts map[string]int
	// UpVotes and DownVotes count those among Votes.
	UpVotes, DownVotes int
}

// Faults is how many broken rows there were.
func (s *Summary) Faults() int {
	n := 0
	for _, kind := range s.kinds() {
		n += kind.count.Faults
	}
	return n
}

// LeftOut is how many rows of the kinds that are imported did not come in: the
// broken ones, and those of which something was missing.
func (s *Summary) LeftOut() int {
	n := s.Faults()
	for _, kind := range s.kinds() {
		for _, skipped := range kind.count.Skipped {
			n += skipped
		}
	}
	return n
}

type namedCount struct {
	name  string
	count *Count
}

func (s *Summary) kinds() []namedCount {
	return []namedCount{
		{"users", &s.Users}, {"tags", &s.Tags}, {"questions", &s.Questions}, {"answers", &s.Answers},
		{"comments", &s.Comments}, {"votes", &s.Votes},
	}
}

// WriteTo writes the summary for people, one line a kind.
func (s *Summary) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "site %s\n", s.Site)
	for _, kind := range s.kinds() {
		c := kind.count
		fmt.Fprintf(&b, "%-10s %d read", kind.name, c.Read)
		if c != &s.Votes {
			fmt.Fprintf(&b, ", %d new, %d changed, %d unchanged", c.Inserted, c.Updated, c.Unchanged)
		} else {
			fmt.Fprintf(&b, ", %d up, %d down", s.UpVotes, s.DownVotes)
		}
		for _, reason := range slices.Sorted(maps.Keys(c.Skipped)) {
			fmt.Fprintf(&b, ", %d skipped (%s)", c.Skipped[reason], reason)
		}
		for _, extra := range []struct {
			n    int
			text string
		}{{c.Ghost, "by ghost"}, {c.Faults, "broken"}, {c.Cleaned, "control characters dropped"}} {
			if extra.n > 0 {
				fmt.Fprintf(&b, ", %d %s", extra.n, extra.text)
			}
		}
		b.WriteByte('\n')
	}
	for _, kind := range slices.Sorted(maps.Keys(s.OtherPosts)) {
		fmt.Fprintf(&b, "%-10s %d of type %q are not imported\n", "posts", s.OtherPosts[kind], kind)
	}
	for _, name := range s.Missing {
		fmt.Fprintf(&b, "%-10s %s is not there\n", "note", name)
	}
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}
