package seed

import (
	"errors"
	"time"
)

// Options says how much to make up. The zero value of an amount is none of
// it, but there are always the well-known users.
type Options struct {
	// Users counts admin, moderator, alice and bob too, but not ghost.
	Users, Posts, Comments, Tags int
	// Seed chooses among all possible data.
	Seed uint64
	// Now is when the data ends; zero means the first day of 2026, so that the
	// same command gives the same rows on any day.
	Now time.Time
	// Progress is told how many rows of how many are written. It is called by
	// one goroutine at a time.
	Progress func(done, total int64)
}

func (o Options) withDefaults() (Options, error) {
	if o.Users < 0 || o.Posts < 0 || o.Comments < 0 || o.Tags < 0 {
		return o, errors.New("an amount is negative")
	}
	if o.Comments > 0 && o.Posts == 0 {
		return o, errors.New("comments need posts to be on")
	}
	o.Users = max(o.Users, len(wellKnown))
	if o.Now.IsZero() {
		o.Now = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	}
	o.Now = o.Now.UTC().Truncate(time.Microsecond)
	return o, nil
}
