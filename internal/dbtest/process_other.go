//go:build !unix

package dbtest

import (
	"testing"

	"github.com/weftql/weft/internal/testbed"
)

const guardScript = ""

func tempDir(testbed.Account) (string, error) { return "", testbed.ErrNotHere }
func (n *Node) resume() error                 { return nil }

// Pause is not to be had on this system.
func (n *Node) Pause(t testing.TB) { t.Fatal(testbed.ErrNotHere) }

// Resume is not to be had on this system.
func (n *Node) Resume(t testing.TB) { t.Fatal(testbed.ErrNotHere) }

// Crash is not to be had on this system.
func (n *Node) Crash(t testing.TB) { t.Fatal(testbed.ErrNotHere) }
