// Command handwritten is what Weft is measured against: a net/http server that
// answers six requests as a person would write it who knows only these six,
// with the statements that Weft runs and the bytes that it answers; with
// FEWEST=1 the two that write are one statement each. It knows no GraphQL,
// checks little and logs nothing.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"

	"github.com/jackc/pgx/v5/pgxpool"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	if err := run(ctx, os.Getenv("WEFT_ADDR"), os.Getenv("WEFT_DATABASE_URL"), os.Getenv("WEFT_DATABASE_MAX_CONNS")); err != nil {
		log.Fatal(err)
	}
}

// run serves on addr until the context ends.
func run(ctx context.Context, addr, url, connections string) error {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("read database URL: %w", err)
	}
	n, err := strconv.ParseInt(connections, 10, 32)
	if err != nil {
		return fmt.Errorf("read number of connections: %w", err)
	}
	config.MaxConns = int32(n)
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	defer pool.Close()

	key, err := fetchKey(ctx, os.Getenv("JWKS"))
	if err != nil {
		return err
	}
	s := &server{pool: pool, tokens: tokens{key: key}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /statements", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(statements) // the asker sees what is missing
	})
	mux.HandleFunc("GET /users/{id}", s.answer(s.user))
	mux.HandleFunc("GET /posts", s.answer(s.newest))
	mux.HandleFunc("GET /users", s.answer(s.users))
	mux.HandleFunc("GET /posts/after", s.answer(s.after))
	comment, post := s.comment, s.post
	if os.Getenv("FEWEST") != "" {
		comment, post = s.commentAtOnce, s.postAtOnce
	}
	mux.HandleFunc("POST /comments", s.answer(comment))
	mux.HandleFunc("POST /posts", s.answer(post))
	listening := &http.Server{Addr: addr, Handler: mux}
	context.AfterFunc(ctx, func() { _ = listening.Close() }) // nobody waits any more
	if err := listening.ListenAndServe(); err != http.ErrServerClosed {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

type server struct {
	pool    *pgxpool.Pool
	tokens  tokens
	buffers sync.Pool
}

// answer sends what fn appends.
func (s *server) answer(fn func(r *http.Request, dst []byte) ([]byte, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		buffer, ok := s.buffers.Get().(*[]byte)
		if !ok {
			buffer = new([]byte)
		}
		defer s.buffers.Put(buffer)
		body, err := fn(r, append((*buffer)[:0], `{"data":`...))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		body = append(body, '}')
		*buffer = body
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body) // a client that is gone reads nothing
	}
}
