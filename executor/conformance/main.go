// Command conformance runs gqlgen's own tests on gqlgen's executor and on ours, and compares: its test servers and those of its
// federation plugin, as they are in the module of the version in go.mod. `make conformance` runs it.
//
// It works on a copy in a temporary folder: nothing of it is kept. There the servers are generated once more with the plugin, the
// tests run as they are, and then again with each NewExecutableSchema in them replaced by NewBreadthFirstSchema. A test that passes
// on gqlgen's executor alone must be listed in differences.txt with a reason, and what is listed must differ.
//
// Each server also gets a test by package oracletest/stub: random operations, on resolvers made by reflection, that both executors must
// answer alike. Fields that are left out of them are listed in differences.txt too.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/weftql/weft/executor/oracletest/stub"
)

const gqlgen = "github.com/99designs/gqlgen"

// suites are the packages whose tests run.
var suites = []string{"./codegen/testserver/...", "./plugin/federation/..."}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) (err error) {
	set := flag.NewFlagSet("conformance", flag.ContinueOnError)
	keep := set.Bool("keep", false, "leave the temporary folder, and say where it is")
	if err := set.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		return err
	}
	if *keep {
		fmt.Fprintln(stdout, "working in", dir)
	} else {
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	c := checkout{dir: dir}
	if err := c.prepare(ctx); err != nil {
		return err
	}
	if err := c.generate(ctx); err != nil {
		return err
	}
	stock, err := c.test(ctx, "-skip=^TestOracle$")
	if err != nil {
		return err
	}
	if err := c.replaceExecutor(); err != nil {
		return err
	}
	ours, err := c.test(ctx, "-v")
	if err != nil {
		return err
	}
	return errors.Join(report(stdout, stock.outcomes, ours.outcomes), reportOracle(stdout, ours.oracle))
}

// checkout is the copy of gqlgen.
type checkout struct{ dir string }

// prepare copies gqlgen's module and lets it use the executor of this repository.
func (c checkout) prepare(ctx context.Context) error {
	source, err := output(ctx, "", "go", "list", "-m", "-f", "{{.Dir}}", gqlgen)
	if err != nil {
		return err
	}
	repository, err := output(ctx, "", "go", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return err
	}
	if err := os.CopyFS(c.dir, os.DirFS(source)); err != nil {
		return fmt.Errorf("copy gqlgen: %w", err)
	}
	// A module's files are read-only, and so is their copy.
	if _, err := output(ctx, c.dir, "chmod", "-R", "u+w", "."); err != nil {
		return err
	}
	for _, edit := range []string{"-require=github.com/weftql/weft@v0.0.0", "-replace=github.com/weftql/weft=" + repository} {
		if _, err := output(ctx, c.dir, "go", "mod", "edit", edit); err != nil {
			return err
		}
	}
	sums, err := os.ReadFile(filepath.Join(repository, "go.sum"))
	if err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(c.dir, "go.sum"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.Write(sums)
	return errors.Join(err, file.Close())
}

// generator is gqlgen's own command for its test servers.
const generator = "testdata/gqlgen.go"

// generate makes the servers anew, with the plugin, by the commands that stand in their tests.
func (c checkout) generate(ctx context.Context) error {
	path := filepath.Join(c.dir, generator)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	const option, imports = "var options []api.Option", "import ("
	plugins := fmt.Sprintf("options := []api.Option{api.AddPlugin(breadthfirst.New()), api.AddPlugin(oracle.New(%s))}", leftOut())
	changed := strings.Replace(string(text), option, plugins, 1)
	changed = strings.Replace(changed, imports, imports+`
	breadthfirst "github.com/weftql/weft/executor/plugin"
	oracle "github.com/weftql/weft/executor/oracletest/stub"
`, 1)
	if strings.Count(changed, "breadthfirst") != 2 {
		return fmt.Errorf("%s of gqlgen is not as expected", generator)
	}
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		return err
	}
	binary := filepath.Join(c.dir, "generate.bin")
	if _, err := output(ctx, c.dir, "go", "build", "-mod=mod", "-o", binary, generator); err != nil {
		return err
	}
	return c.eachTest(func(path string, text []byte) error {
		for line := range strings.Lines(string(text)) {
			command, found := strings.CutPrefix(strings.TrimSpace(line), "//go:generate ")
			fields := strings.Fields(command)
			switch {
			case !found:
			case fields[0] == "rm":
				if err := os.Remove(filepath.Join(filepath.Dir(path), fields[len(fields)-1])); err != nil && !errors.Is(err, os.ErrNotExist) {
					return err
				}
			case len(fields) > 2 && strings.HasSuffix(fields[2], generator):
				if _, err := output(ctx, filepath.Dir(path), binary, fields[3:]...); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// leftOut are the fields that random operations leave out, as arguments of stub.New.
func leftOut() string {
	var fields []string
	for _, name := range sorted(listed()) {
		if field, ok := strings.CutPrefix(name, "field "); ok {
			fields = append(fields, strconv.Quote(field))
		}
	}
	return strings.Join(fields, ", ")
}

// eachTest visits the files of the suites' tests.
func (c checkout) eachTest(visit func(path string, text []byte) error) error {
	for _, suite := range suites {
		root := filepath.Join(c.dir, strings.TrimSuffix(suite, "/..."))
		err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") || filepath.Base(path) == stub.Filename {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return visit(path, text)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// replaceExecutor puts the tests on the breadth-first executor.
func (c checkout) replaceExecutor() error {
	return c.eachTest(func(path string, text []byte) error {
		changed := bytes.ReplaceAll(text, []byte("NewExecutableSchema("), []byte("NewBreadthFirstSchema("))
		if bytes.Equal(text, changed) {
			return nil
		}
		return os.WriteFile(path, changed, 0o600)
	})
}

// results is what came of tests.
type results struct {
	// outcomes are pass, fail or skip, by package and name.
	outcomes map[string]string
	// oracle is what the random operations printed, by package.
	oracle map[string][]string
}

// oracles are the packages that have random operations. Those in folders called testdata are not among what "..." stands for.
func (c checkout) oracles() ([]string, error) {
	var all []string
	err := filepath.WalkDir(c.dir, func(path string, _ os.DirEntry, err error) error {
		if err == nil && filepath.Base(path) == stub.Filename {
			all = append(all, "."+strings.TrimPrefix(filepath.Dir(path), c.dir))
		}
		return err
	})
	return all, err
}

// test runs the suites. That tests fail is no error.
func (c checkout) test(ctx context.Context, flag string) (*results, error) {
	args := append([]string{"test", "-mod=mod", "-json", "-count=1", flag}, suites...)
	if flag == "-v" {
		oracles, err := c.oracles()
		if err != nil {
			return nil, err
		}
		args = append(args, oracles...)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = c.dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	all := results{map[string]string{}, map[string][]string{}}
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var event struct{ Action, Package, Test, ImportPath, Output string }
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
			continue // a line that is no event
		}
		pkg := strings.TrimPrefix(event.Package, gqlgen+"/")
		switch event.Action {
		case "output":
			if event.Test == "TestOracle" {
				all.oracle[pkg] = append(all.oracle[pkg], event.Output)
			}
		case "pass", "fail", "skip":
			if event.Test != "" && event.Test != "TestOracle" {
				all.outcomes[pkg+" "+event.Test] = event.Action
			}
		case "build-fail":
			all.outcomes[strings.TrimPrefix(event.ImportPath, gqlgen+"/")+" (build)"] = "fail"
		}
	}
	err = errors.Join(lines.Err(), cmd.Wait())
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return nil, err
	}
	if len(all.outcomes) == 0 {
		return nil, fmt.Errorf("no test ran: %s", stderr.String())
	}
	return &all, nil
}

// output runs a command and gives what it prints.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s%s", filepath.Base(name), strings.Join(args, " "), err, out, stderr.String())
	}
	return strings.TrimSpace(string(out)), nil
}
