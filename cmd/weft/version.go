package main

import (
	"context"
	"fmt"
	"runtime/debug"
)

// version prints the module's version, the commit and the Go release.
func version(_ context.Context, in invocation) error {
	if err := in.parse(in.flags("version", ""), 0); err != nil {
		return err
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		_, err := fmt.Fprintln(in.stdout, "weft, built without module information")
		return err
	}
	commit := revision()
	if commit != "" {
		commit = " " + commit
	}
	_, err := fmt.Fprintf(in.stdout, "weft %s%s %s\n", info.Main.Version, commit, info.GoVersion)
	return err
}

// revision is the commit that the program was built from; "" if that is not
// known.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}
