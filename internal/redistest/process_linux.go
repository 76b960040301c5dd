package redistest

import (
	"os/exec"
	"syscall"
)

// endWithParent has the server end when the test binary is killed.
func endWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
}
