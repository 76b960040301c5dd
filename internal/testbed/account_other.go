//go:build !unix

package testbed

import (
	"errors"
	"os/exec"
)

// ErrNotHere says that servers are not started on this system.
var ErrNotHere = errors.New("PostgreSQL is started on Unix only; for tests, name a running server in WEFT_TEST_POSTGRES_URL")

// Account is of no use on this system, like all of the following.
type Account struct{}

// Unprivileged returns ErrNotHere.
func Unprivileged() (Account, error) { return Account{}, ErrNotHere }

// Own returns ErrNotHere.
func (Account) Own(string) error { return ErrNotHere }

func (Account) apply(*exec.Cmd) {}

// Guard returns ErrNotHere.
func Guard(string, string) (func() error, error) { return nil, ErrNotHere }
