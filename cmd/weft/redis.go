package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/weftql/weft/internal/config"
)

// redisTimeout bounds the connection to Redis at start.
const redisTimeout = 5 * time.Second

// openRedis connects to the Redis of WEFT_REDIS_URL: nil where there is none.
// It has to answer at start, for a wrong address would go unnoticed; later it
// may be away.
func openRedis(ctx context.Context, c config.Config) (redis.UniversalClient, error) {
	if c.RedisURL == "" {
		return nil, nil //nolint:nilnil // no Redis is a way to run
	}
	client, err := newRedis(c.RedisURL)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	if err := client.Ping(ctx).Err(); err != nil {
		return nil, errors.Join(fmt.Errorf("connect to Redis: %w", err), client.Close())
	}
	return client, nil
}

// newRedis makes a client for a URL: of a cluster if it names further nodes as
// addr=host:port in its query. Commands observe deadlines and are never sent
// twice by the client itself: a reservation would be made twice.
func newRedis(url string) (redis.UniversalClient, error) {
	if strings.Contains(url, "addr=") {
		o, err := redis.ParseClusterURL(url)
		if err != nil {
			return nil, errors.New("WEFT_REDIS_URL cannot be read: want redis://user:password@host:6379?addr=host2:6379")
		}
		o.ContextTimeoutEnabled, o.MaxRetries = true, -1
		return redis.NewClusterClient(o), nil
	}
	o, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("WEFT_REDIS_URL cannot be read: want redis://user:password@host:6379/0")
	}
	o.ContextTimeoutEnabled, o.MaxRetries = true, -1
	return redis.NewClient(o), nil
}
