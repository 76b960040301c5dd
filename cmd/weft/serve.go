package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/redis/go-redis/v9"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/graph"
	"github.com/weftql/weft/graph/guard"
	"github.com/weftql/weft/internal/config"
	"github.com/weftql/weft/internal/content"
	"github.com/weftql/weft/internal/cost"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/idempotency"
	"github.com/weftql/weft/internal/replica"
	"github.com/weftql/weft/internal/telemetry"
	"github.com/weftql/weft/server"
)

// serve answers GraphQL until the context ends, and then until the requests in
// flight are answered.
func serve(ctx context.Context, in invocation) (err error) {
	set := in.flags("serve", "")
	addr := set.String("addr", "", "address to listen on, instead of WEFT_ADDR")
	demo := set.Bool("demo", false, "fill an empty database with made-up users and posts first")
	if err := in.parse(set, 0); err != nil {
		return err
	}
	c, err := config.Load(in.environ, dotenv)
	if err != nil {
		return err
	}
	if *addr != "" {
		c.Addr = *addr
	}
	if *demo && c.Env == config.Production {
		return errors.New("-demo would fill the database with made-up users, an administrator among them: production (WEFT_ENV) refuses it")
	}
	logger, err := newLogger(c, in.stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, telemetry.Flush(logger)) }()
	tuneMemory(in.environ, memlimit.FromCgroup)
	// What can be wrong is found out before anything is changed.
	keys, err := openKeys(c)
	if err != nil {
		return err
	}
	sockets, err := server.Listen(ctx, c.Addr, c.PrivateAddr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sockets.Close()) }()
	shared, err := openRedis(ctx, c)
	if err != nil {
		return err
	}
	if shared != nil {
		defer func() { err = errors.Join(err, shared.Close()) }()
	}
	changes := feed.New(logger)
	db, err := openDatabases(ctx, c, changes, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	who, err := newIdentity(ctx, c, keys, db, logger)
	if err != nil {
		return err
	}
	// It outlives the requests in flight: their reservations are settled.
	work := newBackground(context.WithoutCancel(ctx))
	defer work.Stop()
	handler, err := newServer(c, db, changes, who, shared, work, logger)
	if err != nil {
		return err
	}
	applied, err := upToDate(ctx, c, db)
	if err != nil {
		return err
	}
	if len(applied) > 0 {
		logger.InfoContext(ctx, "migrated the database", "applied", applied)
	}
	if *demo {
		if err := fillDemo(ctx, in, c, db); err != nil {
			return err
		}
	}
	// A standby will do, so that an instance starts while the primary is away. What
	// that standby lacks is read later.
	var reading replica.Reading
	reading.Fresh()
	if err := who.accounts.Sync(replica.NewContext(ctx, &reading)); err != nil {
		return err
	}
	revoked := revocations(changes)
	work.Go(func(ctx context.Context) { who.watch(ctx, revoked) })
	work.Go(func(ctx context.Context) { changes.Run(ctx, db) })
	work.Go(func(ctx context.Context) {
		idempotency.New(db, nil).Run(ctx, func(err error) { logger.ErrorContext(ctx, "idempotency keys", "error", err.Error()) })
	})
	return listen(ctx, c, sockets, handler, logger)
}

// newServer wires the parts together.
func newServer(c config.Config, db *database.Database, changes *feed.Feed, who *identity, shared redis.UniversalClient, work *background, logger *slog.Logger) (*server.Server, error) {
	posts, keys := content.New(db), idempotency.New(db, nil)
	limits := limitsOf(c)
	model, err := cost.NewModel(graph.SDL())
	if err != nil {
		return nil, fmt.Errorf("check costs: %w", err)
	}
	var schema graphql.ExecutableSchema
	left := &leftToGqlgen{logger: logger}
	if c.Executor == config.Gqlgen {
		schema = graph.NewStockSchema(posts, who.accounts, keys)
	} else {
		schema = graph.NewSchema(posts, who.accounts, keys,
			executor.WithMaxBytes(limits.WithDefaults().Bytes), executor.WithMaxErrors(executor.DefaultMaxErrors),
			executor.WithObserver(cost.NewObserver(model, left.note)))
	}
	if err := guard.Check(schema.Schema()); err != nil {
		return nil, fmt.Errorf("check schema: %w", err)
	}
	budgets, fallback, err := newBudget(c, model, shared, work, logger)
	if err != nil {
		return nil, err
	}
	names, err := newPersisted(c, schema.Schema(), shared, work, logger)
	if err != nil {
		return nil, err
	}
	kept, err := newCaches(work.ctx, c, schema.Schema(), db, changes, shared, work)
	if err != nil {
		return nil, err
	}
	var page http.Handler
	if c.Playground {
		if page, err = newPlayground(explainsToAll(c)); err != nil {
			return nil, err
		}
	}
	authenticate := auth.AnyOf{who.bearer}
	var session func(http.Handler) http.Handler
	if c.Cookies {
		cookies := auth.Cookies{Bearer: who.bearer}
		authenticate, session = auth.AnyOf{cookies}, cookies.Handler
	}
	if c.ViewerHeader {
		authenticate = append(authenticate, auth.Header{Find: posts.FindViewer})
	}
	options := server.Options{
		Operations:   operations(c, schema, db, changes, who, model, budgets, names, kept, logger),
		Authenticate: coded(auth.Middleware(authenticate, c.TrustedProxies...)),
		Keys:         who.ring,
		Session:      session,
		Ready:        db.Ready,
		Playground:   page,
		Metrics:      newMetrics(metrics{kept, budgets, fallback, names, changes, db, left}, logger),
		Documents:    http.HandlerFunc(names.ServeUsage),
		Logger:       logger,
		Limits:       limits,
		Timeout:      c.RequestTimeout,
		CORSOrigins:  c.CORSOrigins,
	}
	if c.Introspection {
		options.Schema = schema.Schema()
	}
	return server.New(options)
}

// coded gives failures to find out who asks the codes that failures of
// resolvers have: a database that is away is OVERLOADED.
func coded(authenticate func(*http.Request) (context.Context, error)) func(*http.Request) (context.Context, error) {
	return func(r *http.Request) (context.Context, error) {
		ctx, err := authenticate(r)
		if err != nil {
			return nil, graph.Classify(err)
		}
		return ctx, nil
	}
}

// listen serves until the context ends or a listener fails.
func listen(ctx context.Context, c config.Config, sockets *server.Sockets, handler *server.Server, logger *slog.Logger) error {
	service := server.NewService(handler, server.ServiceOptions{
		Sockets: sockets, DrainDelay: c.DrainDelay, StopTimeout: c.ShutdownTimeout,
		// The answer may be written until the request's time is over.
		WriteTimeout: 2 * c.RequestTimeout,
	})
	if err := service.Start(ctx); err != nil {
		return err
	}
	if private := service.PrivateAddr(); private != "" {
		logger.InfoContext(ctx, "probes and profiles", "addr", private)
	}
	if c.ViewerHeader {
		logger.WarnContext(ctx, "development: whoever calls from this machine may say who they are, by "+auth.ViewerHeader+
			"; set WEFT_ENV=production where others come")
	}
	if c.Playground {
		logger.InfoContext(ctx, "ready: open "+pageURL(service.Addr()))
	} else {
		logger.InfoContext(ctx, "ready", "addr", service.Addr())
	}
	var failure error
	select {
	case <-ctx.Done():
		logger.InfoContext(ctx, "stopping")
	case failure = <-service.Failed():
	}
	// The context is over; the requests in flight are not.
	if err := service.Stop(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(failure, fmt.Errorf("stop: %w", err))
	}
	return failure
}

// pageURL is where a person opens the address listened on.
func pageURL(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port) + "/"
}
