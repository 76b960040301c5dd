// Package config reads the settings of the server from WEFT_ variables of the
// environment and, in development, from a .env file.
//
// It only says what was set: it opens nothing and is imported by cmd alone,
// which hands each package its own options. One table in variable.go holds
// names, defaults and meanings; docs/configuration.md is made from it.
package config

import (
	"cmp"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/joho/godotenv"
)

// Environment is how careful the server is.
type Environment string

// The environments.
const (
	Development Environment = "development"
	Production  Environment = "production"
)

// Executor names what executes queries.
type Executor string

// The executors.
const (
	BreadthFirst Executor = "breadth-first"
	Gqlgen       Executor = "gqlgen"
)

// What stands before the database.
const (
	NoPooler          = "none"
	TransactionPooler = "transaction"
)

// Config is all settings, checked and with defaults in place. Printing it
// masks secrets.
type Config struct {
	Env         Environment
	Addr        string // of the public listener
	PrivateAddr string // of metrics and profiles; empty: not served
	DataDir     string

	DatabaseURL       string // "sqlite:PATH" or a postgres URL; holds a password
	DatabaseMaxConns  int    // 0: chosen by the number of CPUs
	DatabasePooler    string // none, or transaction
	DatabaseDirectURL string // past the pooler; holds a password
	ReplicaURLs       []string
	ReplicaMaxLag     time.Duration

	KeysFile string // of the keys that sign access tokens
	Keys     string // the content of such a file, instead; secret
	Issuer   string // of access tokens
	Audience string // of access tokens

	Cookies bool // signing in sets them

	TrustedIssuer string   // whose access tokens are taken too; empty: none
	TrustedJWKS   string   // address of its keys
	TrustedTypes  []string // values of typ beside at+jwt

	LogFormat string // auto, text or json
	LogLevel  slog.Level

	Executor       Executor
	Introspection  bool
	Suggestions    bool // validation errors name similar fields
	Playground     bool
	ViewerHeader   bool           // believe who a header says is calling; never in production
	CORSOrigins    []string       // empty: no cross-origin requests
	TrustedProxies []netip.Prefix // whose forwarded addresses are believed

	RequestTimeout  time.Duration
	DrainDelay      time.Duration // between readiness off and listeners closed
	ShutdownTimeout time.Duration // for requests in flight

	PersistedMode     string // off, apq, log, safelist or id_only, and CLIENT=MODE for single clients
	PersistedManifest string // file or folder of trusted documents; empty: none

	RedisURL      string // of what instances share; empty: nothing; holds a password
	RowCache      int    // bytes; 0: off
	ResponseCache int    // bytes; 0: off

	CostMode   string // off, measure or enforce
	CostPolicy string // file of budgets; empty: the defaults

	MaxBodyBytes int
	Limits       Limits

	sources map[string]string // by variable, where its value is from
}

// Limits bounds documents and answers; -1 is no limit.
type Limits struct {
	Tokens     int
	Depth      int
	Aliases    int
	RootFields int
	Directives int
	Fragments  int
	Objects    int
	Bytes      int
}

// Load reads the environment, given as by os.Environ, and files of the same
// form as .env, which are skipped where they do not exist and in production. A
// variable of the environment wins over one in a file, an earlier file over a
// later one. The error is Faults and has everything that is wrong.
func Load(environ []string, files ...string) (Config, error) {
	var faults Faults
	given := fromEnviron(environ)
	if given["WEFT_ENV"].text != string(Production) {
		for _, file := range files {
			more, fault := fromFile(file)
			if fault != nil {
				faults = append(faults, *fault)
			}
			maps.Copy(more, given)
			given = more
		}
	}

	c := Config{sources: map[string]string{}}
	for _, v := range c.variables() {
		// Defaults may depend on what stands above them in the table.
		in, ok := given[v.name]
		if !ok || in.text == "" && !v.emptyable {
			in = setting{text: v.standard(&c), source: "default"}
		}
		c.sources[v.name] = in.source
		if err := v.value.parse(in.text); err != nil {
			faults = append(faults, v.fault(in, err))
		}
	}
	faults = append(faults, c.conflicts(given)...)
	faults = append(faults, unknown(given, c.variables())...)
	if len(faults) > 0 {
		return Config{}, faults
	}
	return c, nil
}

// setting is a value as it was given.
type setting struct {
	text   string
	source string // "environment", "default" or the name of a file
}

const prefix = "WEFT_"

func fromEnviron(environ []string) map[string]setting {
	given := map[string]setting{}
	for _, entry := range environ {
		name, text, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, prefix) {
			given[name] = setting{text: strings.TrimSpace(text), source: "environment"}
		}
	}
	return given
}

func fromFile(file string) (map[string]setting, *Fault) {
	given := map[string]setting{}
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return given, nil
	}
	if err != nil {
		return given, &Fault{Name: file, Problem: "cannot be read: " + err.Error()}
	}
	defer f.Close()
	values, err := godotenv.Parse(f)
	// "NAME value: more" is read as a name with a space. Nothing of it is shown,
	// nor of the parser's error: the file may hold a password there.
	for name := range values {
		if strings.ContainsFunc(name, unicode.IsSpace) {
			err = errors.New("a name with a space")
		}
	}
	if err != nil {
		return given, &Fault{Name: file, Problem: "is not a list of NAME=value lines, or a quote in it has no end"}
	}
	for name, text := range values {
		if strings.HasPrefix(name, prefix) {
			given[name] = setting{text: strings.TrimSpace(text), source: file}
		}
	}
	return given, nil
}

// conflicts returns what is wrong with values that are right by themselves.
func (c *Config) conflicts(given map[string]setting) Faults {
	var faults Faults
	env := given["WEFT_ENV"]
	if c.Env == Production && env.source != "environment" {
		faults = append(faults, Fault{
			Name: "WEFT_ENV", Given: env.text, Source: env.source,
			Problem: "a production server reads no file: set it, and what else the file holds, in the environment",
		})
	}
	if c.Env == Production && c.ViewerHeader {
		faults = append(faults, Fault{
			Name: "WEFT_VIEWER_HEADER", Given: "on", Source: given["WEFT_VIEWER_HEADER"].source,
			Problem: "would let every caller say who they are; in production it is off",
		})
	}
	if len(c.ReplicaURLs) > 0 && strings.HasPrefix(c.DatabaseURL, "sqlite:") {
		in := given["WEFT_DATABASE_REPLICA_URLS"]
		faults = append(faults, Fault{
			Name: "WEFT_DATABASE_REPLICA_URLS", Given: maskURLs(in.text), Source: in.source,
			Problem: "needs PostgreSQL in WEFT_DATABASE_URL: SQLite has no replicas",
		})
	}
	if c.DatabasePooler != NoPooler && strings.HasPrefix(c.DatabaseURL, "sqlite:") {
		in := given["WEFT_DATABASE_POOLER"]
		faults = append(faults, Fault{
			Name: "WEFT_DATABASE_POOLER", Given: in.text, Source: in.source,
			Problem: "needs PostgreSQL in WEFT_DATABASE_URL",
		})
	}
	if c.DatabasePooler != NoPooler && c.DatabaseDirectURL == "" {
		faults = append(faults, Fault{
			Name: "WEFT_DATABASE_DIRECT_URL", Source: cmp.Or(given["WEFT_DATABASE_DIRECT_URL"].source, "default"),
			Problem: "is needed with WEFT_DATABASE_POOLER: migrations cannot go through a pooler",
		})
	}
	if c.TrustedIssuer != "" && c.TrustedJWKS == "" {
		faults = append(faults, Fault{
			Name: "WEFT_TRUSTED_ISSUER_JWKS", Source: "default",
			Problem: "is needed to check the tokens of WEFT_TRUSTED_ISSUER",
		})
	}
	if c.PrivateAddr != "" && c.PrivateAddr == c.Addr && !strings.HasSuffix(c.Addr, ":0") {
		faults = append(faults, Fault{
			Name: "WEFT_PRIVATE_ADDR", Given: c.PrivateAddr, Source: cmp.Or(given["WEFT_PRIVATE_ADDR"].source, "default"),
			Problem: "is the address of the public listener too: choose another, or leave it empty for none",
		})
	}
	return faults
}

// String lists the effective values as NAME=value lines, each with where it is
// from, secrets masked.
func (c Config) String() string {
	var b strings.Builder
	for _, v := range c.variables() {
		b.WriteString(v.name + "=" + v.shown(v.value.String()))
		if source := c.sources[v.name]; source != "" {
			b.WriteString("  # " + source)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// LogValue keeps secrets out of logs.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// defaultAddr is for this machine alone in development, where a header says who
// is calling.
func (c *Config) defaultAddr() string {
	if c.Env == Production {
		return ":8080"
	}
	return "127.0.0.1:8080"
}

func (c *Config) defaultKeysFile() string { return filepath.Join(c.DataDir, "keys.json") }

func (c *Config) defaultDatabaseURL() string { return "sqlite:" + filepath.Join(c.DataDir, "weft.db") }

// unknown returns a fault for each WEFT_ variable that is not in the table.
func unknown(given map[string]setting, table []variable) Faults {
	var faults Faults
	for _, name := range slices.Sorted(maps.Keys(given)) {
		known := slices.ContainsFunc(table, func(v variable) bool { return v.name == name })
		if known || foreign(name, given[name].text) {
			continue
		}
		problem := "is not a setting"
		if similar := nearest(name, table); similar != "" {
			problem += "; did you mean " + similar + "?"
		}
		faults = append(faults, Fault{Name: name, Source: given[name].source, Problem: problem})
	}
	return faults
}

// linked matches what Kubernetes and Docker set in every container beside a
// service called weft.
var linked = regexp.MustCompile(`^WEFT_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_.*)?)$`)

// foreign says whether a variable is meant for somebody else.
func foreign(name, text string) bool {
	if name == "WEFT_PORT" {
		return strings.Contains(text, "://")
	}
	return strings.HasPrefix(name, "WEFT_TEST_") || linked.MatchString(name)
}
