package config

import (
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func load(t *testing.T, environ ...string) Config {
	t.Helper()
	c, err := Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaults(t *testing.T) {
	want := Config{
		Env: Development, Addr: "127.0.0.1:8080", PrivateAddr: "127.0.0.1:9090", DataDir: "./weft-data",
		DatabaseURL: "sqlite:weft-data/weft.db", DatabasePooler: "none", ReplicaMaxLag: time.Second,
		KeysFile: "weft-data/keys.json", Issuer: "weft", Audience: "weft", LogFormat: "auto", Executor: BreadthFirst,
		Introspection: true, Suggestions: true, Playground: true, ViewerHeader: true,
		RequestTimeout: 30 * time.Second, ShutdownTimeout: 30 * time.Second, MaxBodyBytes: 1 << 20, CostMode: "measure", PersistedMode: "apq",
		Limits: Limits{Tokens: 5000, Depth: 15, Aliases: 30, RootFields: 20, Directives: 50, Fragments: 50, Objects: 250_000, Bytes: 8 << 20},
	}
	ignore := cmpopts.IgnoreUnexported(Config{})
	equal := cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })
	if diff := cmp.Diff(want, load(t, "HOME=/root"), ignore, equal); diff != "" {
		t.Errorf("development (-want +got):\n%s", diff)
	}
	want.Addr = ":8080"
	want.Env, want.DrainDelay, want.CostMode = Production, 5*time.Second, "enforce"
	want.Introspection, want.Suggestions, want.Playground, want.ViewerHeader = false, false, false, false
	if diff := cmp.Diff(want, load(t, "WEFT_ENV=production"), ignore, equal); diff != "" {
		t.Errorf("production (-want +got):\n%s", diff)
	}
}

func TestEverythingGiven(t *testing.T) {
	want := Config{
		Env: Production, Addr: "127.0.0.1:0", DataDir: "/var/lib/weft", DatabaseURL: "postgres://u:p%40@db:5432/weft",
		KeysFile: "/run/secrets/keys.json", Keys: "{}", Issuer: "https://a.example", Audience: "https://a.example/graphql",
		TrustedIssuer: "https://b.example", TrustedJWKS: "https://b.example/jwks", TrustedTypes: []string{"JWT", "jwt"},
		ReplicaURLs: []string{"postgres://u@a:5432/weft", "postgres://u:p%2C@b:5432/weft"}, ReplicaMaxLag: 2 * time.Second,
		DatabasePooler: "transaction", DatabaseDirectURL: "postgres://u:p%40@db:5433/weft",
		DatabaseMaxConns: 20, LogFormat: "json", LogLevel: slog.LevelWarn, Executor: Gqlgen,
		Introspection: true, Suggestions: true, Playground: true,
		CORSOrigins:    []string{"https://a.example", "http://localhost:3000"},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		RequestTimeout: 1500 * time.Millisecond, DrainDelay: 10 * time.Second, ShutdownTimeout: time.Minute,
		PersistedMode: "safelist,web=id_only", PersistedManifest: "/etc/weft/manifest.json",
		RedisURL: "redis://u:p@redis:6379/0", CostMode: "measure", CostPolicy: "/etc/weft/policy.yaml",
		MaxBodyBytes: 4096, Limits: Limits{Tokens: 1, Depth: 2, Aliases: 3, RootFields: 4, Directives: 5, Fragments: -1, Objects: 7, Bytes: 8},
	}
	got := load(t,
		"WEFT_ENV=production", "WEFT_ADDR=127.0.0.1:0", "WEFT_PRIVATE_ADDR=", "WEFT_DATA_DIR=/var/lib/weft",
		"WEFT_JWT_KEYS_FILE=/run/secrets/keys.json", "WEFT_JWT_KEYS={}", "WEFT_JWT_ISSUER=https://a.example",
		"WEFT_JWT_AUDIENCE=https://a.example/graphql", "WEFT_TRUSTED_ISSUER=https://b.example",
		"WEFT_TRUSTED_ISSUER_JWKS=https://b.example/jwks", "WEFT_TRUSTED_ISSUER_TYPES=JWT, jwt",
		"WEFT_DATABASE_URL=postgres://u:p%40@db:5432/weft", "WEFT_DATABASE_MAX_CONNS=20",
		"WEFT_DATABASE_POOLER=transaction", "WEFT_DATABASE_DIRECT_URL=postgres://u:p%40@db:5433/weft", "WEFT_LOG_FORMAT=json",
		"WEFT_DATABASE_REPLICA_URLS=postgres://u@a:5432/weft, postgres://u:p%2C@b:5432/weft", "WEFT_DATABASE_REPLICA_MAX_LAG=2s",
		"WEFT_LOG_LEVEL=warn", "WEFT_EXECUTOR=gqlgen", "WEFT_INTROSPECTION=on", "WEFT_SUGGESTIONS=on",
		"WEFT_PLAYGROUND=on", "WEFT_VIEWER_HEADER=off", "WEFT_CORS_ORIGINS=https://a.example, http://localhost:3000",
		"WEFT_TRUSTED_PROXIES=10.1.2.3/8,::1", "WEFT_REQUEST_TIMEOUT=1.5s", "WEFT_DRAIN_DELAY=10s",
		"WEFT_SHUTDOWN_TIMEOUT=1m", "WEFT_REDIS_URL=redis://u:p@redis:6379/0", "WEFT_PERSISTED_MODE=safelist,web=id_only", "WEFT_PERSISTED_MANIFEST=/etc/weft/manifest.json", "WEFT_COST_MODE=measure",
		"WEFT_COST_POLICY=/etc/weft/policy.yaml", "WEFT_MAX_BODY_BYTES=4096", "WEFT_LIMIT_TOKENS=1", "WEFT_LIMIT_DEPTH=2",
		"WEFT_LIMIT_ALIASES=3", "WEFT_LIMIT_ROOT_FIELDS=4", "WEFT_LIMIT_DIRECTIVES=5", "WEFT_LIMIT_FRAGMENTS=-1", "WEFT_LIMIT_OBJECTS=7", "WEFT_LIMIT_BYTES=8")
	diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Config{}), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }))
	if diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDatabaseFollowsDataDir(t *testing.T) {
	if got := load(t, "WEFT_DATA_DIR=/srv/weft").DatabaseURL; got != "sqlite:/srv/weft/weft.db" {
		t.Errorf("database is %s", got)
	}
}

func TestEmptyMeansDefault(t *testing.T) {
	if got := load(t, "WEFT_ADDR=", "WEFT_LOG_LEVEL= "); got.Addr != "127.0.0.1:8080" || got.LogLevel != slog.LevelInfo {
		t.Errorf("got %s", got)
	}
}

func TestFiles(t *testing.T) {
	first := file(t, "# local\nWEFT_ADDR=:1\nWEFT_LOG_LEVEL=debug\nOTHER=x\nexport WEFT_DATA_DIR='/a $b'\n")
	second := file(t, "WEFT_ADDR=:2\nWEFT_LIMIT_DEPTH=9\n")
	c, err := Load([]string{"WEFT_LOG_LEVEL=error"}, first, second, filepath.Join(t.TempDir(), "missing"))
	if err != nil {
		t.Fatal(err)
	}
	if c.LogLevel != slog.LevelError || c.Addr != ":1" || c.Limits.Depth != 9 || c.DataDir != "/a $b" {
		t.Errorf("environment, first and second file do not win in this order:\n%s", c)
	}
	if c, err = Load([]string{"WEFT_ENV=production"}, first); err != nil || c.Addr != ":8080" {
		t.Errorf("production read a file: %v\n%s", err, c)
	}
}

// TestFaults sets everything wrong at once and expects to hear of everything.
func TestFaults(t *testing.T) {
	env := file(t, "WEFT_LIMIT_DEPHT=9\nWEFT_LOG_FORMAT=xml\n")
	_, err := Load([]string{
		"WEFT_ENV=prod", "WEFT_ADDR=8080", "WEFT_PRIVATE_ADDR=:70000", "WEFT_DATABASE_URL=mysql://root:hunter2@db/weft",
		"WEFT_DATABASE_MAX_CONNS=-1", "WEFT_INTROSPECTION=yes", "WEFT_CORS_ORIGINS=https://ok.example,app.example",
		"WEFT_TRUSTED_PROXIES=10.0.0.0/33", "WEFT_REQUEST_TIMEOUT=30", "WEFT_MAX_BODY_BYTES=1 MiB",
		"WEFT_LIMIT_TOKENS=0", "WEFT_COLOUR=red", "WEFT_PORT=8080", "WEFT_TEST_PG_BIN=/x",
	}, env)
	want := `the configuration has 15 faults:
  WEFT_ENV=prod (environment): want development or production
  WEFT_ADDR=8080 (environment): want HOST:PORT or :PORT, such as :8080 or 127.0.0.1:8080
  WEFT_PRIVATE_ADDR=:70000 (environment): want HOST:PORT or :PORT, such as :8080 or 127.0.0.1:8080, or nothing to turn it off
  WEFT_DATABASE_URL=mysql://root:xxxxx@db/weft (environment): want sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/NAME
  WEFT_DATABASE_MAX_CONNS=-1 (environment): want a whole number from 0 to 10000
  WEFT_LOG_FORMAT=xml (ENV): want auto or text or json
  WEFT_INTROSPECTION=yes (environment): want on or off
  WEFT_CORS_ORIGINS=https://ok.example,app.example (environment): app.example: want an origin as browsers send it, such as https://app.example.org, or *
  WEFT_TRUSTED_PROXIES=10.0.0.0/33 (environment): 10.0.0.0/33: want a network or an address, such as 10.0.0.0/8 or 192.0.2.7
  WEFT_REQUEST_TIMEOUT=30 (environment): want a time from 1ms to 24h0m0s, such as 1.5s or 2m
  WEFT_MAX_BODY_BYTES="1 MiB" (environment): want a whole number from 1024 to 1073741824
  WEFT_LIMIT_TOKENS=0 (environment): want a whole number from 1 to 2147483647, or -1 for no limit
  WEFT_COLOUR (environment): is not a setting
  WEFT_LIMIT_DEPHT (ENV): is not a setting; did you mean WEFT_LIMIT_DEPTH?
  WEFT_PORT (environment): is not a setting`
	if err == nil {
		t.Fatal("no fault was found")
	}
	if diff := cmp.Diff(want, strings.ReplaceAll(err.Error(), env, "ENV")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if fault, ok := errors.AsType[Fault](err); !ok || fault.Name != "WEFT_ENV" {
		t.Errorf("first fault is %v", fault)
	}
}

func TestConflicts(t *testing.T) {
	for name, tt := range map[string]struct {
		environ []string
		file    string
		want    string
	}{
		"ViewerHeader":     {[]string{"WEFT_ENV=production", "WEFT_VIEWER_HEADER=on"}, "", "WEFT_VIEWER_HEADER=on (environment): would let"},
		"SameAddress":      {[]string{"WEFT_ADDR=127.0.0.1:9090"}, "", "WEFT_PRIVATE_ADDR=127.0.0.1:9090: is the address of the public listener"},
		"ProductionInFile": {nil, "WEFT_ENV=production", "a production server reads no file"},
		"BrokenFile":       {nil, "WEFT_DATABASE_URL postgres://u:hunter2@h/d", "is not a list of NAME=value lines"},
		"QuoteInFile":      {nil, "WEFT_DATABASE_URL=\"postgres://u:hunter2@h/d", "is not a list of NAME=value lines"},
		"ReplicaWords": {[]string{"WEFT_DATABASE_URL=postgres://u@h/d", "WEFT_DATABASE_REPLICA_URLS=postgres://u:hunter2@a/d,host=b password=hunter2"},
			"", "WEFT_DATABASE_REPLICA_URLS=xxxxx (environment): item 2: want postgres://"},
		"ReplicaComma": {[]string{"WEFT_DATABASE_URL=postgres://u@h/d", "WEFT_DATABASE_REPLICA_URLS=postgres://u:1,hunter2@a/d"},
			"", "WEFT_DATABASE_REPLICA_URLS=xxxxx (environment): item 2: want postgres://"},
		"PoolerOfSQLite": {[]string{"WEFT_DATABASE_POOLER=transaction", "WEFT_DATABASE_DIRECT_URL=postgres://u@a/d"}, "",
			"WEFT_DATABASE_POOLER=transaction (environment): needs PostgreSQL"},
		"PoolerAlone": {[]string{"WEFT_DATABASE_POOLER=transaction", "WEFT_DATABASE_URL=postgres://u@a/d"}, "",
			"WEFT_DATABASE_DIRECT_URL: is needed with WEFT_DATABASE_POOLER"},
		"DirectSQLite": {[]string{"WEFT_DATABASE_DIRECT_URL=sqlite:x"}, "", "WEFT_DATABASE_DIRECT_URL=sqlite:x (environment): want postgres://"},
		"ReplicaOfSQLite": {[]string{"WEFT_DATABASE_REPLICA_URLS=postgres://u:hunter2@a/d"}, "",
			"WEFT_DATABASE_REPLICA_URLS=postgres://u:xxxxx@a/d (environment): needs PostgreSQL"},
		"SQLiteNoPath": {[]string{"WEFT_DATABASE_URL=sqlite:"}, "", "want sqlite:PATH"},
		"UntypedMode":  {[]string{"WEFT_DATABASE_URL=postgres://u@h/d?default_query_exec_mode=simple_protocol"}, "", "has to be cache_statement, cache_describe or describe_exec"},
		"UntypedReplica": {[]string{"WEFT_DATABASE_URL=postgres://u@h/d", "WEFT_DATABASE_REPLICA_URLS=postgres://u@a/d?default_query_exec_mode=exec"},
			"", "item 1: default_query_exec_mode has to be"},
		"PostgresNoHost": {[]string{"WEFT_DATABASE_URL=postgres:///weft"}, "", "want sqlite:PATH"},
		"PostgresWords":  {[]string{"WEFT_DATABASE_URL=host=h password=hunter2"}, "", "WEFT_DATABASE_URL=xxxxx (environment): want sqlite:PATH"},
		"PostgresEscape": {[]string{"WEFT_DATABASE_URL=postgres://u:hunter2/%zz@h/d"}, "", "WEFT_DATABASE_URL=postgres://u:xxxxx@h/d (environment): is not a URL"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(tt.environ, file(t, tt.file))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if faults, ok := errors.AsType[Faults](err); !ok || len(faults) != 1 {
				t.Errorf("got more than one fault: %v", err)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows a password: %v", err)
			}
		})
	}
}

// TestKubernetes has what is set in every container beside a service "weft".
func TestKubernetes(t *testing.T) {
	load(t, "WEFT_SERVICE_HOST=10.0.0.1", "WEFT_SERVICE_PORT=80", "WEFT_SERVICE_PORT_HTTP=80", "WEFT_PORT=tcp://10.0.0.1:80",
		"WEFT_PORT_80_TCP=tcp://10.0.0.1:80", "WEFT_PORT_80_TCP_PROTO=tcp", "WEFT_PORT_80_TCP_ADDR=10.0.0.1")
}

func TestPrinted(t *testing.T) {
	c := load(t, "WEFT_DATABASE_URL=postgres://u:hunter2@h/d?sslpassword=hunter3&sslmode=require", "WEFT_CORS_ORIGINS=*",
		"WEFT_TRUSTED_ISSUER=https://ada:hunter4@issuer.example", "WEFT_TRUSTED_ISSUER_JWKS=https://hunter5@issuer.example/keys?access_token=hunter6",
		"WEFT_JWT_ISSUER=https://api.example.org/path?x=1")
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "config", c)
	text := c.String()
	for _, shown := range []string{text, log.String()} {
		if strings.Contains(shown, "hunter") {
			t.Errorf("a password is shown: %s", shown)
		}
	}
	for _, want := range []string{
		"WEFT_ENV=development  # default\n",
		"WEFT_DATABASE_URL=postgres://u:xxxxx@h/d?sslpassword=xxxxx&sslmode=require  # environment\n",
		"WEFT_TRUSTED_ISSUER=https://ada:xxxxx@issuer.example  # environment\n",
		"WEFT_TRUSTED_ISSUER_JWKS=https://xxxxx@issuer.example/keys?access_token=xxxxx  # environment\n",
		"WEFT_JWT_ISSUER=https://api.example.org/path?x=1  # environment\n",
		"WEFT_CORS_ORIGINS=*  # environment\n", "WEFT_REQUEST_TIMEOUT=30s  # default\n", "WEFT_LOG_LEVEL=info  # default\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
	// What is printed can be given again.
	again := load(t, strings.Split(strings.NewReplacer("  # default", "", "  # environment", "").Replace(text), "\n")...)
	if again.RequestTimeout != c.RequestTimeout || again.Limits != c.Limits {
		t.Errorf("read back:\n%s", again)
	}
}

func TestKeysAreNeverShown(t *testing.T) {
	c := load(t, `WEFT_JWT_KEYS={"keys":[{"private":"marker://x@y"}]}`)
	if shown := c.String() + c.LogValue().String(); strings.Contains(shown, "marker") || !strings.Contains(shown, "WEFT_JWT_KEYS=xxxxx") {
		t.Errorf("the configuration shows keys:\n%s", shown)
	}
}

// TestPasswordSplitsURL gives passwords that end the address too early. No part
// of them may be taken for a host or a database, whose names are shown.
func TestPasswordSplitsURL(t *testing.T) {
	for _, given := range []string{
		"postgres://weft:top@secret/hunter@db:5432/weft",
		"postgres://weft:123/hunter@db:5432/weft",
		"postgres://weft:123?hunter@db:5432/weft",
		"postgres://weft:123#hunter@db:5432/weft",
	} {
		_, err := Load([]string{"WEFT_DATABASE_URL=" + given})
		if err == nil || strings.Contains(err.Error(), "hunter") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", given, err)
		}
	}
	for _, given := range []string{
		"postgres://weft:top%40secret%2Fhunter@db:5432/weft",
		"postgres://weft@db/weft?password=p@ss",
		"postgres:///weft?host=/run/postgresql&user=weft",
	} {
		if _, err := Load([]string{"WEFT_DATABASE_URL=" + given}); err != nil {
			t.Errorf("%s: %v", given, err)
		}
	}
}
