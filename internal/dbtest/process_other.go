//go:build !unix

package dbtest

import (
	"errors"
	"os/exec"
	"testing"
)

var errNotHere = errors.New("tests start a PostgreSQL of their own on Unix only; name a running server in WEFT_TEST_POSTGRES_URL")

type account struct{}

func unprivileged() (account, error)     { return account{}, errNotHere }
func (account) tempDir() (string, error) { return "", errNotHere }
func (account) mkdir(string) error       { return errNotHere }
func (account) apply(*exec.Cmd)          {}
func guard(string) (func() error, error) { return nil, errNotHere }
func (n *Node) resume() error            { return nil }

// Pause is not to be had on this system.
func (n *Node) Pause(t testing.TB) { t.Fatal(errNotHere) }

// Resume is not to be had on this system.
func (n *Node) Resume(t testing.TB) { t.Fatal(errNotHere) }

// Crash is not to be had on this system.
func (n *Node) Crash(t testing.TB) { t.Fatal(errNotHere) }
