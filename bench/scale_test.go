//go:build linux

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/internal/testbed"
)

// TestScaleTable checks that rounds are compared each by itself: a round in
// which the machine was slow counts as any other.
func TestScaleTable(t *testing.T) {
	t.Parallel()
	of := func(posts, answer int, took ...time.Duration) *grown {
		g := &grown{
			size: size{posts: posts}, operations: []operation{{name: "Q1", about: "a user"}},
			figures: map[string][]testbed.Figures{}, answers: map[string]int{"Q1": answer},
		}
		for _, d := range took {
			g.figures["Q1"] = append(g.figures["Q1"], testbed.Figures{ServerCPU: d * time.Microsecond / 4, DataCPU: d * time.Microsecond * 3 / 4})
		}
		return g
	}
	table := scaleTable([2]*grown{of(10, 70, 100, 1000, 100, 1000), of(100, 71, 110, 1200, 130, 1400)}, "17")
	if row := "| Q1: a user | 1000 | 1200 | 1.30 | 1.20 to 1.30 | 70 B | 71 B |\n"; !strings.HasSuffix(table, row) {
		t.Errorf("got %s", table)
	}
	if head := "| | 10 posts | 100 posts | times |"; !strings.Contains(table, head) {
		t.Errorf("got %s", table)
	}
}
