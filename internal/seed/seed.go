package seed

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"entgo.io/ent/dialect"

	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/bulk"
)

// ErrOtherData means that the store holds users of the names that would be
// made, with other ids: people, or the data of other options.
var ErrOtherData = errors.New("the database holds other data: seed an empty one, or with the same options as before")

// Rows in a transaction.
const (
	chunkRows        = 4000
	chunkCommentRows = 20000
)

// maker makes rows of their numbers. It is safe for concurrent use.
type maker struct {
	Options
	timeline *timeline
	stride   uint64
}

func newMaker(o Options) *maker { return &maker{o, newTimeline(&o), stride(o.Users)} }

// Run writes the data. It can be stopped at any moment and run again: what is
// there already stays as it is. The error is ErrOtherData before anything is
// written to a store that holds something else.
func Run(ctx context.Context, store bulk.Store, o Options) error {
	o, err := o.withDefaults()
	if err != nil {
		return err
	}
	s := &seeder{maker: newMaker(o), store: store, workers: 1}
	if store.Dialect() == dialect.Postgres {
		s.workers = max(1, min(runtime.GOMAXPROCS(0), int(store.Pool().Config().MaxConns)-1, 8))
	}
	for _, step := range []func(context.Context) error{
		s.check, s.users, s.tags, s.articles, s.replies, s.comments,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return bulk.Settle(ctx, store)
}

// seeder writes what a maker makes.
type seeder struct {
	*maker
	store   bulk.Store
	workers int

	mu   sync.Mutex
	done int64
}

func (s *seeder) report(rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done += int64(rows)
	if s.Progress != nil {
		s.Progress(s.done, int64(s.Users)+int64(s.Tags)+int64(s.Posts)+int64(s.Comments))
	}
}

// check looks whether the store is empty or holds the same data.
func (s *seeder) check(ctx context.Context) error {
	return bulk.InTx(ctx, s.store, func(w *bulk.Writer) error {
		want := map[string]typeid.User{}
		var names []string
		for i := range min(s.Users, 1000) {
			u := s.user(i)
			want[u.Username] = u.ID
			names = append(names, u.Username)
		}
		holders, err := w.Usernames(ctx, names)
		if err != nil {
			return err
		}
		for name, holder := range holders {
			if holder != want[name] {
				return fmt.Errorf("user %q: %w", name, ErrOtherData)
			}
		}
		_, err = w.Ghost(ctx)
		return err
	})
}

// parallel calls fn for each chunk of [0, n), each in a transaction of its own.
// It returns how many rows it wrote.
func (s *seeder) parallel(ctx context.Context, n, size int, fn func(ctx context.Context, w *bulk.Writer, from, to int) (int, error)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	chunks := make(chan int)
	var wg sync.WaitGroup
	for range s.workers {
		wg.Go(func() {
			for from := range chunks {
				rows := 0
				err := bulk.InTx(ctx, s.store, func(w *bulk.Writer) (err error) {
					rows, err = fn(ctx, w, from, min(from+size, n))
					return err
				})
				if err != nil {
					cancel(err)
					return
				}
				s.report(rows)
			}
		})
	}
	for from := 0; from < n && ctx.Err() == nil; from += size {
		select {
		case chunks <- from:
		case <-ctx.Done():
		}
	}
	close(chunks)
	wg.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

func (s *seeder) users(ctx context.Context) error {
	return s.parallel(ctx, s.Users, chunkRows, func(ctx context.Context, w *bulk.Writer, from, to int) (int, error) {
		rows := make([]bulk.User, 0, to-from)
		for i := from; i < to; i++ {
			rows = append(rows, s.user(i))
		}
		_, err := w.Users(ctx, rows)
		return len(rows), err
	})
}

func (s *seeder) tags(ctx context.Context) error {
	return s.parallel(ctx, s.Tags, chunkRows, func(ctx context.Context, w *bulk.Writer, from, to int) (int, error) {
		rows := make([]bulk.Tag, 0, to-from)
		for i := from; i < to; i++ {
			rows = append(rows, s.tag(i))
		}
		_, err := w.Tags(ctx, rows)
		return len(rows), err
	})
}

// articles writes what can be replied to, and replies what replies to it: in
// two turns, as the chunks of each are written in any order.
func (s *seeder) articles(ctx context.Context) error { return s.posts(ctx, false) }

func (s *seeder) replies(ctx context.Context) error { return s.posts(ctx, true) }

func (s *seeder) posts(ctx context.Context, replies bool) error {
	return s.parallel(ctx, s.Posts, chunkRows, func(ctx context.Context, w *bulk.Writer, from, to int) (int, error) {
		rows := make([]bulk.Post, 0, to-from)
		for i := from; i < to; i++ {
			if shape := s.shape(i); shape.reply == replies {
				rows = append(rows, s.post(i, shape))
			}
		}
		_, err := w.Posts(ctx, rows)
		return len(rows), err
	})
}

// comments writes the comments of some posts at a time. How many those are
// must be known before, as they are numbered through.
func (s *seeder) comments(ctx context.Context) error {
	if s.Comments == 0 {
		return nil
	}
	total := s.totalWeight()
	// The weight before each chunk of posts.
	const size = 1000
	before := make([]uint64, 0, s.Posts/size+1)
	var sum uint64
	for i := range s.Posts {
		if i%size == 0 {
			before = append(before, sum)
		}
		sum += s.weight(i)
	}
	return s.parallel(ctx, s.Posts, size, func(ctx context.Context, w *bulk.Writer, from, to int) (int, error) {
		weight, written := before[from/size], 0
		var rows []bulk.Comment
		flush := func() error {
			_, err := w.Comments(ctx, rows)
			written += len(rows)
			rows = rows[:0]
			return err
		}
		for i := from; i < to; i++ {
			first := s.share(weight, total)
			weight += s.weight(i)
			for end := s.share(weight, total); first < end; {
				part := min(end, first+chunkCommentRows)
				rows = s.commentsOn(rows, i, first, part)
				first = part
				if len(rows) >= chunkCommentRows {
					if err := flush(); err != nil {
						return 0, err
					}
				}
			}
		}
		err := flush()
		return written, err
	})
}
