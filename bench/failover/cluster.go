//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/weftql/weft/internal/testbed"
)

// settings is the configuration that operators are given.
const settings = "deploy/patroni"

// password is that of all roles, behind 127.0.0.1.
const password = "of-this-run"

// cluster is etcd and three servers that Patroni keeps, as processes whose working
// directories are below dir: by these they are found.
type cluster struct {
	*testbed.Host
	dir   string
	etcd  string // address
	nodes []*node
	stop  func() error // ends all processes and removes their files
}

// node is one server.
type node struct {
	name, dir      string
	postgres, rest string // addresses
}

func (n *node) url() string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword("weft", password), Host: n.postgres, Path: "/weft"}
	return u.String()
}

// guardScript waits until its input ends, which is when this program has ended in
// whatever way, and then ends all that works below $1 and removes it. PostgreSQL
// is asked to end at once, so that it leaves no shared memory; in the end all are
// killed.
const guardScript = `
read -r _
tries=0
while [ $tries -lt 100 ]; do
	left=
	for p in /proc/[0-9]*; do
		case "$(readlink "$p/cwd" 2>/dev/null)" in "$1"|"$1"/*) ;; *) continue ;; esac
		left=1
		pid=${p#/proc/}
		if [ $tries -lt 50 ] && [ "$(cat "$p/comm" 2>/dev/null)" = postgres ]; then
			kill -QUIT "$pid"; kill -CONT "$pid"
		else
			kill -KILL "$pid"
		fi 2>/dev/null
	done
	[ -n "$left" ] || break
	tries=$((tries + 1))
	sleep 0.1
done
rm -rf "$1"
`

// newCluster starts etcd, the guard, and Patroni on each server, and makes Weft's
// role and database.
func newCluster(ctx context.Context, dir string) (_ *cluster, err error) {
	c := &cluster{dir: dir}
	for _, program := range []string{"patroni", "patronictl", "etcd"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, errors.New(program + " is missing: on Debian and Ubuntu, apt-get install patroni etcd-server")
		}
	}
	if c.Host, err = testbed.NewHost(); err != nil {
		return nil, err
	}
	if c.stop, err = testbed.Guard(dir, guardScript); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.stop())
		}
	}()
	if err := c.startEtcd(ctx); err != nil {
		return nil, err
	}
	for i := range 3 {
		n := &node{name: "db" + strconv.Itoa(i+1)}
		n.dir = filepath.Join(dir, n.name)
		if err := c.Account.Mkdir(n.dir); err != nil {
			return nil, err
		}
		if n.postgres, err = testbed.FreeAddr(ctx); err != nil {
			return nil, err
		}
		if n.rest, err = testbed.FreeAddr(ctx); err != nil {
			return nil, err
		}
		c.nodes = append(c.nodes, n)
		if err := c.start(n); err != nil {
			return nil, err
		}
	}
	if err := c.healthy(ctx, patience); err != nil {
		return nil, err
	}
	return c, c.makeDatabase(ctx)
}

// command runs as the servers do. What it says goes to a file in its directory.
func (c *cluster) command(dir, program string, args ...string) *exec.Cmd {
	cmd := c.Account.Command(context.Background(), dir, program, args...) // it ends with the guard, and output has a context
	cmd.Env = slices.DeleteFunc(cmd.Env, func(v string) bool { return strings.HasPrefix(v, "ETCD") })
	return cmd
}

func background(cmd *exec.Cmd) error {
	log, err := os.OpenFile(filepath.Join(cmd.Dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	go cmd.Wait() //nolint:errcheck // most of them are killed
	return nil
}

func (c *cluster) startEtcd(ctx context.Context) (err error) {
	dir := filepath.Join(c.dir, "etcd")
	if err := c.Account.Mkdir(dir); err != nil {
		return err
	}
	if c.etcd, err = testbed.FreeAddr(ctx); err != nil {
		return err
	}
	peers, err := testbed.FreeAddr(ctx)
	if err != nil {
		return err
	}
	err = background(c.command(dir, "etcd", "--name", "etcd1", "--enable-v2", "--data-dir", filepath.Join(dir, "data"),
		"--listen-client-urls", "http://"+c.etcd, "--advertise-client-urls", "http://"+c.etcd,
		"--listen-peer-urls", "http://"+peers, "--initial-advertise-peer-urls", "http://"+peers,
		"--initial-cluster", "etcd1=http://"+peers))
	if err != nil {
		return fmt.Errorf("start etcd: %w", err)
	}
	return testbed.Poll(ctx, 20*time.Second, func() error { return get(ctx, "http://"+c.etcd+"/health", nil) })
}

// environment is what node.env lists.
func (c *cluster) environment(n *node) []string {
	return []string{
		"PATRONI_NAME=" + n.name,
		"PATRONI_ETCD_HOSTS=" + c.etcd,
		"PATRONI_RESTAPI_LISTEN=" + n.rest,
		"PATRONI_RESTAPI_CONNECT_ADDRESS=" + n.rest,
		"PATRONI_RESTAPI_USERNAME=patroni",
		"PATRONI_RESTAPI_PASSWORD=" + password,
		"PATRONI_POSTGRESQL_LISTEN=" + n.postgres,
		"PATRONI_POSTGRESQL_CONNECT_ADDRESS=" + n.postgres,
		"PATRONI_POSTGRESQL_DATA_DIR=" + filepath.Join(n.dir, "data"),
		"PATRONI_POSTGRESQL_BIN_DIR=" + c.Bin,
		"PATRONI_POSTGRESQL_PGPASS=" + filepath.Join(n.dir, "pgpass"),
		"PATRONI_SUPERUSER_USERNAME=postgres",
		"PATRONI_SUPERUSER_PASSWORD=" + password,
		"PATRONI_REPLICATION_USERNAME=replicator",
		"PATRONI_REPLICATION_PASSWORD=" + password,
	}
}

// start starts Patroni on a server, which starts PostgreSQL.
func (c *cluster) start(n *node) error {
	text, err := os.ReadFile(filepath.Join(settings, "patroni.yml"))
	if err != nil {
		return err
	}
	file := filepath.Join(n.dir, "patroni.yml") // the account may not see ours
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return err
	}
	cmd := c.command(n.dir, "patroni", file)
	cmd.Env = append(cmd.Env, c.environment(n)...)
	if err := background(cmd); err != nil {
		return fmt.Errorf("start Patroni: %w", err)
	}
	return nil
}

// patronictl runs what an operator would.
func (c *cluster) patronictl(ctx context.Context, args ...string) error {
	n := c.nodes[0]
	cmd := c.command(n.dir, "patronictl", append([]string{"-c", filepath.Join(n.dir, "patroni.yml")}, args...)...)
	cmd.Env = append(cmd.Env, c.environment(n)...)
	return output(ctx, cmd)
}

func (c *cluster) makeDatabase(ctx context.Context) error {
	leader, err := c.leader(ctx)
	if err != nil {
		return err
	}
	script, err := os.Open(filepath.Join(settings, "weft.sql"))
	if err != nil {
		return err
	}
	defer script.Close()
	u := url.URL{Scheme: "postgres", User: url.UserPassword("postgres", password), Host: leader.postgres, Path: "/postgres"}
	cmd := c.command(c.dir, filepath.Join(c.Bin, "psql"), "-d", u.String(), "-v", "password="+password, "-f", "-")
	cmd.Stdin = script
	return output(ctx, cmd)
}

// output runs a command until it or ctx ends, with what it says in the error.
func output(ctx context.Context, cmd *exec.Cmd) error {
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() }) // it may have ended
	defer stop()
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, &said)
	}
	return nil
}

// processes are those whose working directory is below dir.
func processes(dir string) ([]int, error) {
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, p := range all {
		cwd, err := os.Readlink(filepath.Join(p, "cwd"))
		if err != nil || cwd != dir && !strings.HasPrefix(cwd, dir+"/") {
			continue // another's, or gone
		}
		pid, err := strconv.Atoi(filepath.Base(p))
		if err != nil {
			return nil, err
		}
		pids = append(pids, pid)
	}
	return pids, nil
}

// signal signals all processes of a server, Patroni and PostgreSQL, those too that
// are born meanwhile.
func (n *node) signal(sig syscall.Signal) error {
	done := map[int]bool{}
	for {
		pids, err := processes(n.dir)
		if err != nil {
			return err
		}
		before := len(done)
		for _, pid := range pids {
			if done[pid] {
				continue
			}
			done[pid] = true
			if err := syscall.Kill(pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
				return fmt.Errorf("signal %s: %w", n.name, err)
			}
		}
		if len(done) == before {
			return nil
		}
	}
}

// crash is kill -9 of all processes of a server.
func (n *node) crash() error {
	return errors.Join(n.signal(syscall.SIGSTOP), n.signal(syscall.SIGKILL)) // none is born of a stopped one
}

// member is a server as Patroni sees it.
type member struct {
	Name, Role, State string
	Timeline          int
}

// members asks the servers until one answers.
func (c *cluster) members(ctx context.Context) ([]member, error) {
	var faults error
	for _, n := range c.nodes {
		var answer struct{ Members []member }
		err := get(ctx, "http://"+n.rest+"/cluster", &answer)
		if err == nil {
			return answer.Members, nil
		}
		faults = errors.Join(faults, err)
	}
	return nil, faults
}

func (c *cluster) leader(ctx context.Context) (*node, error) {
	all, err := c.members(ctx)
	if err != nil {
		return nil, err
	}
	for i, m := range all {
		if m.Role == "leader" {
			return c.node(all[i].Name), nil
		}
	}
	return nil, errors.New("no leader is named by Patroni")
}

func (c *cluster) node(name string) *node {
	for _, n := range c.nodes {
		if n.name == name {
			return n
		}
	}
	return nil
}

// healthy waits until there is a primary that all others follow, one of them
// synchronously.
func (c *cluster) healthy(ctx context.Context, limit time.Duration) error {
	return testbed.Poll(ctx, limit, func() error {
		all, err := c.members(ctx)
		if err != nil {
			return err
		}
		roles := map[string]int{}
		timeline := 0
		for _, m := range all {
			if m.State == "running" || m.State == "streaming" {
				roles[m.Role]++
			}
			if timeline == 0 {
				timeline = m.Timeline
			}
			if m.Timeline != timeline {
				roles["lags"]++
			}
		}
		if roles["leader"] != 1 || roles["sync_standby"] != 1 || roles["replica"] != len(c.nodes)-2 || roles["lags"] > 0 {
			wait(ctx, 200*time.Millisecond) // Patroni looks every five seconds
			return fmt.Errorf("the cluster is not whole: %v", all)
		}
		return nil
	})
}

// get asks for a page of JSON; to nil only whether there is one.
func get(ctx context.Context, address string, to any) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", address, response.Status)
	}
	if to == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(to)
}
