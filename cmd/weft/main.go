// Command weft is the server and its tools, one verb a file: serve, migrate,
// seed, import, keys, users, operations, explain, config, doctor,
// version. `weft help` lists them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the second one ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// invocation is what a verb is called with.
type invocation struct {
	args    []string // after the verb
	environ []string
	stdout  io.Writer
	stderr  io.Writer
}

// verb is one thing that the command does.
type verb struct {
	name, about string
	run         func(context.Context, invocation) error
}

func verbs() []verb {
	return []verb{
		{"serve", "answer GraphQL over HTTP (the default)", serve},
		{"migrate", "bring the database's schema up to date", migrate},
		{"seed", "fill the database with made-up users and posts", seedDatabase},
		{"import", "import a Stack Exchange dump: weft import stackexchange DIR", importDump},
		{"keys", "make, list or rotate the keys that sign access tokens: weft keys rotate", manageKeys},
		{"users", "give a user a role: weft users grant ADMIN USERNAME", manageUsers},
		{"operations", "check, list or lock the documents of a manifest: weft operations check MANIFEST", manageOperations},
		{"explain", "tell what the operations of a document or manifest cost: weft explain FILE", explain},
		{"config", "print the effective configuration, secrets masked", printConfig},
		{"doctor", "look at the database and its replicas, and say what to change", doctor},
		{"version", "print what was built", version},
	}
}

// run executes a verb and returns the exit code: 0, 1 for a failure, 2 for
// arguments that make no sense.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	name := "serve"
	named := len(args) > 0 && !strings.HasPrefix(args[0], "-")
	if named {
		name, args = args[0], args[1:]
	}
	switch {
	case name == "help", !named && len(args) > 0 && (args[0] == "-h" || args[0] == "--help" || args[0] == "-help"):
		usage(stdout)
		return 0
	case !named && len(args) > 0 && (args[0] == "--version" || args[0] == "-version"):
		name, args = "version", args[1:]
	}
	for _, v := range verbs() {
		if v.name != name {
			continue
		}
		err := v.run(ctx, invocation{args, environ, stdout, stderr})
		switch {
		case err == nil, errors.Is(err, flag.ErrHelp):
			return 0
		case errors.Is(err, errUsage):
			return 2
		}
		fmt.Fprintf(stderr, "weft %s: %v\n", name, err)
		return 1
	}
	fmt.Fprintf(stderr, "weft: there is no verb %q\n\n", name)
	usage(stderr)
	return 2
}

// errUsage is for arguments that were complained about already.
var errUsage = errors.New("wrong arguments")

// flags returns the verb's flag set; parse reads it.
func (in invocation) flags(verb, arguments string) *flag.FlagSet {
	set := flag.NewFlagSet("weft "+verb, flag.ContinueOnError)
	set.SetOutput(in.stderr)
	set.Usage = func() {
		fmt.Fprintf(in.stderr, "Usage: weft %s [flags] %s\n", verb, arguments)
		set.PrintDefaults()
	}
	return set
}

// anyNumber is for a verb that counts its arguments itself.
const anyNumber = -1

// parse reads the flags and wants this many arguments after them.
func (in invocation) parse(set *flag.FlagSet, arguments int) error {
	if err := set.Parse(in.args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if arguments != anyNumber && set.NArg() != arguments {
		fmt.Fprintf(in.stderr, "weft: want %d arguments, got %d\n", arguments, set.NArg())
		set.Usage()
		return errUsage
	}
	return nil
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "Usage: weft [verb] [flags]")
	fmt.Fprintln(w)
	for _, v := range verbs() {
		fmt.Fprintf(w, "  %-8s  %s\n", v.name, v.about)
	}
	fmt.Fprintln(w, "\nSettings are WEFT_ variables: docs/configuration.md has them. weft VERB -h tells a verb's flags.")
}
