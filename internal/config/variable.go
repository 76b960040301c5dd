package config

import (
	"math"
	"net/netip"
	"time"
)

// variable is a row of the table: one setting.
type variable struct {
	name      string
	fallback  string               // default as documented
	computed  func(*Config) string // default, where fallback is words
	emptyable bool                 // set but empty is a value, not the default
	secret    bool                 // shown with passwords masked
	secrets   bool                 // the same for a list of URLs
	hidden    bool                 // not shown at all
	about     string               // meaning and allowed values, for the manual
	value     value
}

// standard returns the value of a variable that is not set.
func (v variable) standard(c *Config) string {
	if v.computed != nil {
		return v.computed(c)
	}
	return v.fallback
}

func (v variable) shown(text string) string {
	if text == "" {
		return ""
	}
	if v.hidden {
		return masked
	}
	if v.secrets {
		return maskURLs(text)
	}
	if v.secret {
		return maskURL(text)
	}
	return maskCredentials(text)
}

func (v variable) fault(in setting, err error) Fault {
	return Fault{Name: v.name, Given: v.shown(in.text), Source: in.source, Problem: err.Error()}
}

// inDevelopment is on in development and off in production.
func inDevelopment(c *Config) string { return onOff{new(c.Env != Production)}.String() }

const (
	onlyInDevelopment = "`on`; in production `off`"
	maxTimeout        = 24 * time.Hour
)

// variables is the table, with c's fields behind the values. A default may
// depend on rows above it.
func (c *Config) variables() []variable {
	limit := func(p *int) number { return number{p: p, min: 1, max: math.MaxInt32, unlimited: true} }
	return []variable{
		{name: "WEFT_ENV", fallback: string(Development), value: choice[Environment]{&c.Env, []Environment{Development, Production}},
			about: "`development` or `production`. Production reads no `.env` file and refuses what is meant for development."},
		{name: "WEFT_ADDR", fallback: "`127.0.0.1:8080`; in production `:8080`", computed: (*Config).defaultAddr, value: textValue{&c.Addr, checkAddr},
			about: "Address of the public listener, `HOST:PORT`; port 0 takes a free one. Without a host it listens on all interfaces."},
		{name: "WEFT_PRIVATE_ADDR", fallback: "127.0.0.1:9090", emptyable: true, value: textValue{&c.PrivateAddr, checkPrivateAddr},
			about: "Address of the listener for `/metrics` (docs/metrics.md), `/documents` (docs/persisted.md) and `/debug/pprof/`, for your own network only. Empty: none."},
		{name: "WEFT_DATA_DIR", fallback: "./weft-data", value: textValue{&c.DataDir, checkPath},
			about: "Directory of the files the server keeps; made if missing."},
		{name: "WEFT_DATABASE_URL", fallback: "`weft.db` in `WEFT_DATA_DIR`", computed: (*Config).defaultDatabaseURL, secret: true,
			value: textValue{&c.DatabaseURL, checkDatabaseURL},
			about: "`sqlite:PATH` or `postgres://USER:PASSWORD@HOST:PORT/NAME`."},
		{name: "WEFT_DATABASE_MAX_CONNS", fallback: "0", value: number{p: &c.DatabaseMaxConns, max: 10_000},
			about: "Connections to the database at most; 0 chooses by the number of CPUs."},
		{name: "WEFT_DATABASE_POOLER", fallback: NoPooler, value: choice[string]{&c.DatabasePooler, []string{NoPooler, TransactionPooler}},
			about: "`transaction` if the URLs lead to PgBouncer in transaction mode or its like, else `none`: docs/pooler.md."},
		{name: "WEFT_DATABASE_DIRECT_URL", emptyable: true, secret: true, value: textValue{&c.DatabaseDirectURL, checkDirectURL},
			about: "PostgreSQL past the pooler, for migrations, large writes and what reads the log. Needed with a pooler."},
		{name: "WEFT_DATABASE_REPLICA_URLS", emptyable: true, secrets: true, value: replicaURLs{&c.ReplicaURLs},
			about: "Further servers of the same PostgreSQL database, with commas between, or one name that has the address of each: queries read those that are standbys: docs/replicas.md. Empty: none."},
		{name: "WEFT_DATABASE_REPLICA_MAX_LAG", fallback: "1s", value: duration{&c.ReplicaMaxLag, time.Millisecond, time.Hour},
			about: "How old what anonymous callers read from a replica may be."},
		{name: "WEFT_LOG_FORMAT", fallback: "auto", value: choice[string]{&c.LogFormat, []string{"auto", "text", "json"}},
			about: "`text`, `json`, or `auto`: text on a terminal, JSON elsewhere. Lines of JSON wait up to 20 ms for others, to be written with them; " +
				"warnings and errors do not wait."},
		{name: "WEFT_LOG_LEVEL", fallback: "info", value: level{&c.LogLevel},
			about: "`debug`, `info`, `warn` or `error`: less than that is not logged."},
		{name: "WEFT_EXECUTOR", fallback: string(BreadthFirst), value: choice[Executor]{&c.Executor, []Executor{BreadthFirst, Gqlgen}},
			about: "What executes queries: `breadth-first`, or `gqlgen` for comparison."},
		{name: "WEFT_INTROSPECTION", fallback: onlyInDevelopment, computed: inDevelopment, value: onOff{&c.Introspection},
			about: "`on` or `off`: whether clients may ask for the schema, by introspection and at `/schema.graphql`."},
		{name: "WEFT_SUGGESTIONS", fallback: onlyInDevelopment, computed: inDevelopment, value: onOff{&c.Suggestions},
			about: "`on` or `off`: whether errors name fields similar to a misspelt one."},
		{name: "WEFT_PLAYGROUND", fallback: onlyInDevelopment, computed: inDevelopment, value: onOff{&c.Playground},
			about: "`on` or `off`: whether `/` is GraphiQL. It needs introspection for its docs."},
		{name: "WEFT_VIEWER_HEADER", fallback: onlyInDevelopment, computed: inDevelopment, value: onOff{&c.ViewerHeader},
			about: "`on` or `off`: whether the header `Weft-Viewer` may say who is calling, without a password; from this machine only. Production refuses to start with `on`."},
		{name: "WEFT_JWT_KEYS_FILE", fallback: "`keys.json` in `WEFT_DATA_DIR`", computed: (*Config).defaultKeysFile, value: textValue{&c.KeysFile, checkPath},
			about: "File of the keys that sign access tokens, as `weft keys generate` makes it; several instances share one. Development makes a missing file; production refuses to start without one."},
		{name: "WEFT_JWT_KEYS", emptyable: true, hidden: true, value: textValue{&c.Keys, anyText},
			about: "The content of such a file, instead of it. Empty: the file."},
		{name: "WEFT_JWT_ISSUER", fallback: "weft", value: textValue{&c.Issuer, anyText},
			about: "`iss` of access tokens: the address of this API, such as `https://api.example.org`."},
		{name: "WEFT_JWT_AUDIENCE", fallback: "weft", value: textValue{&c.Audience, anyText},
			about: "`aud` of access tokens, ours and those of the external issuer."},
		{name: "WEFT_TRUSTED_ISSUER", emptyable: true, value: textValue{&c.TrustedIssuer, anyText},
			about: "`iss` of another issuer whose access tokens are taken. Its users are linked by subject on first use. Empty: none."},
		{name: "WEFT_TRUSTED_ISSUER_JWKS", emptyable: true, value: textValue{&c.TrustedJWKS, anyText},
			about: "Address of the external issuer's keys, `https://…`. Needed with `WEFT_TRUSTED_ISSUER`."},
		{name: "WEFT_TRUSTED_ISSUER_TYPES", emptyable: true, value: list[string]{&c.TrustedTypes, parseWord, func(s string) string { return s }},
			about: "Values of `typ` to take from the external issuer beside `at+jwt`, with commas between: `JWT` for issuers that do not follow RFC 9068."},
		{name: "WEFT_COOKIES", fallback: "off", value: onOff{&c.Cookies},
			about: "`on` or `off`: whether signing in also sets cookies, for front ends in a browser on the same origin: docs/auth.md."},
		{name: "WEFT_CORS_ORIGINS", emptyable: true, value: list[string]{&c.CORSOrigins, parseOrigin, func(s string) string { return s }},
			about: "Origins whose pages may call the server, with commas between: `https://app.example.org`, or `*` for all. Empty: none."},
		{name: "WEFT_TRUSTED_PROXIES", emptyable: true, value: list[netip.Prefix]{&c.TrustedProxies, parseNetwork, netip.Prefix.String},
			about: "Networks of proxies, with commas between: `10.0.0.0/8`. The client address that they forward is believed. Empty: none."},
		{name: "WEFT_REQUEST_TIMEOUT", fallback: "30s", value: duration{&c.RequestTimeout, time.Millisecond, maxTimeout},
			about: "Time for a request, from its first byte to the last of its answer."},
		{name: "WEFT_DRAIN_DELAY", fallback: "`0s`; in production `5s`", computed: drainDelay, value: duration{&c.DrainDelay, 0, maxTimeout},
			about: "On shutdown, time between `/readyz` saying no and the listener closing, for load balancers to notice."},
		{name: "WEFT_SHUTDOWN_TIMEOUT", fallback: "30s", value: duration{&c.ShutdownTimeout, 0, maxTimeout},
			about: "On shutdown, time for requests in flight to end after the delay."},
		{name: "WEFT_PERSISTED_MODE", fallback: "apq", value: textValue{&c.PersistedMode, checkPersistedMode},
			about: "Which documents are taken: `off` (sent whole), `apq` (also by hash, once registered), `log` (likewise, and what is not trusted is logged), `safelist` (trusted ones) or `id_only` (trusted ones, by name only). After it, with commas between, `CLIENT=MODE` for single clients: docs/persisted.md."},
		{name: "WEFT_PERSISTED_MANIFEST", emptyable: true, value: textValue{&c.PersistedManifest, anyText},
			about: "Trusted documents: a manifest of Apollo or Relay, or a folder of `.graphql` files; read again when it changes. Empty: none."},
		{name: "WEFT_REDIS_URL", emptyable: true, secret: true, value: textValue{&c.RedisURL, checkRedisURL},
			about: "Redis that several instances share for budgets, registered documents, kept answers and rows: `redis://USER:PASSWORD@HOST:6379/0`, `rediss://` with TLS, or with `?addr=HOST:PORT` a Redis Cluster. Empty: each instance keeps its own."},
		{name: "WEFT_ROW_CACHE", fallback: "0", value: number{p: &c.RowCache, max: 1 << 40},
			about: "Bytes for the rows that this instance keeps under the loaders: docs/caching.md. 0: none are kept."},
		{name: "WEFT_RESPONSE_CACHE", fallback: "0", value: number{p: &c.ResponseCache, max: 1 << 40},
			about: "Bytes for the answers that this instance keeps: docs/caching.md. 0: none are kept."},
		{name: "WEFT_COST_MODE", fallback: "`measure`; in production `enforce`", computed: costMode, value: choice[string]{&c.CostMode, []string{"off", "measure", "enforce"}},
			about: "What is done about the costs of operations: `off`, `measure` (counted and told, nothing refused) or `enforce`. A policy file may say another."},
		{name: "WEFT_COST_POLICY", emptyable: true, value: textValue{&c.CostPolicy, anyText},
			about: "File of budgets by role and client, read again when it changes or on SIGHUP: docs/cost.md. Empty: the defaults."},
		{name: "WEFT_MAX_BODY_BYTES", fallback: "1048576", value: number{p: &c.MaxBodyBytes, min: 1024, max: 1 << 30},
			about: "Size of a request body at most, in bytes."},
		{name: "WEFT_LIMIT_TOKENS", fallback: "5000", value: limit(&c.Limits.Tokens),
			about: "Words and signs of a document at most. -1: no limit, here and below."},
		{name: "WEFT_LIMIT_DEPTH", fallback: "15", value: limit(&c.Limits.Depth),
			about: "Fields inside each other at most, `edges`, `node` and `nodes` not counted."},
		{name: "WEFT_LIMIT_ALIASES", fallback: "30", value: limit(&c.Limits.Aliases),
			about: "Aliases in a document at most."},
		{name: "WEFT_LIMIT_ROOT_FIELDS", fallback: "20", value: limit(&c.Limits.RootFields),
			about: "Fields at the top of an operation at most."},
		{name: "WEFT_LIMIT_DIRECTIVES", fallback: "50", value: limit(&c.Limits.Directives),
			about: "Directives in a document at most."},
		{name: "WEFT_LIMIT_FRAGMENTS", fallback: "50", value: limit(&c.Limits.Fragments),
			about: "Fragment definitions in a document at most."},
		{name: "WEFT_LIMIT_OBJECTS", fallback: "250000", value: limit(&c.Limits.Objects),
			about: "Objects in an answer at most; the answer is refused when it would hold more."},
		{name: "WEFT_LIMIT_BYTES", fallback: "8388608", value: limit(&c.Limits.Bytes),
			about: "Bytes of data and errors in an answer at most; the answer is refused when it would have more."},
	}
}

// drainDelay is what Kubernetes needs to take an instance out of its service.
func drainDelay(c *Config) string {
	if c.Env == Production {
		return "5s"
	}
	return "0s"
}

// costMode refuses nothing in development.
func costMode(c *Config) string {
	if c.Env == Production {
		return "enforce"
	}
	return "measure"
}
