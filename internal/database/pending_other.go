//go:build !unix

package database

import "net"

func pending(net.Conn) bool { return false }
