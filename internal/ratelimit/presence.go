package ratelimit

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// present is how long an instance counts after its last call.
const present = 10 * time.Second

// presenceScript counts the instances that called within the last seconds.
//
// KEYS[1] a sorted set of instances by the time of their last call
// ARGV    the instance, milliseconds after which others do not count
// Result  how many there are
var presenceScript = redis.NewScript(`
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])`)

// Presence counts the instances that use a Redis.
type Presence struct {
	client   redis.Scripter
	key      string
	instance string
}

// NewPresence returns a counter for this instance, under a key that all
// instances share.
func NewPresence(client redis.Scripter, key string) *Presence {
	return &Presence{client, key, strconv.FormatUint(NewID(), 36)}
}

// Count records that this instance is present, and returns how many instances
// are. FallbackOptions.Check must call it more often than every 10 seconds.
func (p *Presence) Count(ctx context.Context) (int, error) {
	n, err := presenceScript.Run(ctx, p.client, []string{p.key}, p.instance, present.Milliseconds()).Int()
	if err != nil {
		return 0, fmt.Errorf("count instances in Redis: %w", err)
	}
	return n, nil
}
