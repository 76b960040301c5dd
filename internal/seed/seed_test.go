package seed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/internal/bulk"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/markup"
)

var small = Options{Users: 300, Posts: 2000, Comments: 5000, Tags: 90, Seed: 1}

func made(t *testing.T, o Options) *maker {
	t.Helper()
	o, err := o.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	return newMaker(o)
}

// TestSameOptionsSameRows has the sum of all rows in it: a change to it changes
// everybody's data and is to be meant.
func TestSameOptionsSameRows(t *testing.T) {
	sum := func(o Options) string {
		m, h := made(t, o), sha256.New()
		for i := range m.Users {
			fmt.Fprintf(h, "%+v\n", m.user(i))
		}
		for i := range m.Tags {
			fmt.Fprintf(h, "%+v\n", m.tag(i))
		}
		for i := range m.Posts {
			fmt.Fprintf(h, "%+v\n", m.post(i, m.shape(i)))
		}
		for _, c := range comments(m) {
			fmt.Fprintf(h, "%+v\n", c)
		}
		return hex.EncodeToString(h.Sum(nil)[:8])
	}
	const want = "581d807b3b1daff9"
	if got := sum(small); got != want {
		t.Errorf("the rows have the sum %s, want %s", got, want)
	}
	other := small
	other.Seed = 2
	if sum(other) == want {
		t.Error("another seed gives the same rows")
	}
}

// comments makes all comments.
func comments(m *maker) (all []bulk.Comment) {
	total, weight := m.totalWeight(), uint64(0)
	for i := range m.Posts {
		first := m.share(weight, total)
		weight += m.weight(i)
		all = m.commentsOn(all, i, first, m.share(weight, total))
	}
	return all
}

func TestTextIsMarkups(t *testing.T) {
	m := made(t, small)
	for i := range m.Posts {
		p := m.post(i, m.shape(i))
		if got := markup.Text(markup.FormatMarkdown, p.Body); got != p.Text {
			t.Fatalf("post %d:\n%s\nmarkup.Text %q\nmade        %q", i, p.Body, got, p.Text)
		}
	}
}

// TestRowsFitTogether checks that nobody writes before they signed up, replies
// before there is a post, or lives in the future.
func TestRowsFitTogether(t *testing.T) {
	m := made(t, small)
	users, names := map[typeid.User]time.Time{}, map[string]bool{}
	for i := range m.Users {
		u := m.user(i)
		users[u.ID] = u.CreatedAt
		names[u.Username], names[u.Email] = true, true
		if u.CreatedAt.After(u.UpdatedAt) || u.UpdatedAt.After(m.Now) {
			t.Errorf("user %d: %+v", i, u)
		}
	}
	if len(users) != m.Users || len(names) != 2*m.Users {
		t.Errorf("%d users have %d names and addresses", len(users), len(names))
	}
	posts := map[typeid.Post]bulk.Post{}
	for i := range m.Posts {
		p := m.post(i, m.shape(i))
		posts[p.ID] = p
		signedUp, known := users[p.AuthorID]
		if !known || signedUp.After(p.CreatedAt) || p.UpdatedAt.Before(p.CreatedAt) || p.UpdatedAt.After(m.Now) || p.PublishedAt.After(m.Now) {
			t.Errorf("post %d: %+v, its author signed up at %v", i, p, signedUp)
		}
		if (p.Status == post.StatusDRAFT) != p.PublishedAt.IsZero() || (p.Title == "") == p.ParentID.IsZero() || p.Body == "" {
			t.Errorf("post %d: %+v", i, p)
		}
		if !p.ParentID.IsZero() {
			parent, ok := posts[p.ParentID]
			if !ok || !parent.ParentID.IsZero() || parent.Status != post.StatusPUBLISHED || parent.PublishedAt.After(p.CreatedAt) {
				t.Errorf("post %d replies to %+v", i, parent)
			}
		}
	}
	all := comments(m)
	ids := map[typeid.Comment]bool{}
	for i, c := range all {
		ids[c.ID] = true
		p, signedUp := posts[c.PostID], users[c.AuthorID]
		if p.Status == post.StatusDRAFT || c.CreatedAt.Before(p.PublishedAt) || signedUp.After(c.CreatedAt) || c.UpdatedAt.After(m.Now) || c.Body == "" {
			t.Errorf("comment %d: %+v on %v", i, c, p.PublishedAt)
		}
	}
	if len(posts) != m.Posts || len(ids) != m.Comments {
		t.Errorf("%d posts, %d comments have ids of their own", len(posts), len(ids))
	}
}

func TestSkew(t *testing.T) {
	m := made(t, Options{Users: 1000, Posts: 20_000, Comments: 60_000, Tags: 120, Seed: 3})
	byAuthor, byTag, byDay, status := map[typeid.User]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for i := range m.Posts {
		p := m.post(i, m.shape(i))
		byAuthor[p.AuthorID]++
		byDay[p.CreatedAt.Format(time.DateOnly)]++
		status[string(p.Status)]++
		if !p.ParentID.IsZero() {
			status["REPLY"]++
		}
		for _, name := range p.Tags {
			byTag[name]++
		}
	}
	onPost := map[typeid.Post]int{}
	for _, c := range comments(m) {
		onPost[c.PostID]++
	}
	topPosts, topTags, topDays, topComments := sorted(byAuthor), sorted(byTag), sorted(byDay), sorted(onPost)
	t.Logf("posts by one: %v of %d\nposts of a tag: %v of %d\nposts a day: %v\ncomments: %v of %d\n%v",
		topPosts[:10], len(topPosts), topTags[:10], len(topTags), topDays[:10], topComments[:10], len(topComments), status)
	for name, ok := range map[string]bool{
		"a tenth of the authors write half of the posts": sum(topPosts[:len(topPosts)/10]) > m.Posts/3,
		"but none a tenth": topPosts[0] < m.Posts/10,
		"a tenth of the tags is on a third of the posts": sum(topTags[:len(topTags)/10])*3 > sum(topTags),
		"the busiest day has far more than the average":  topDays[0] > 4*m.Posts/len(topDays),
		"half of the posts have no comment":              len(topComments) < m.Posts*6/10,
		"some have many":                                 topComments[0] > 100 && topComments[0] < m.Comments/20,
		"one post in twenty is a draft":                  status["DRAFT"] > m.Posts/25 && status["DRAFT"] < m.Posts/15,
		"one in a hundred is archived":                   status["ARCHIVED"] > m.Posts/150 && status["ARCHIVED"] < m.Posts/70,
		"a third are replies":                            status["REPLY"] > m.Posts*3/10 && status["REPLY"] < m.Posts*4/10,
	} {
		if !ok {
			t.Errorf("not so: %s", name)
		}
	}
}

func TestTagNamesDiffer(t *testing.T) {
	const n = 20_000
	names := map[string]bool{}
	for k := range n {
		names[tagName(k)] = true
		if len(tagName(k)) > 35 {
			t.Fatalf("%q is too long", tagName(k))
		}
	}
	if len(names) != n {
		t.Errorf("%d tags have %d names", n, len(names))
	}
}

func TestRun(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		o, ctx := small, t.Context()
		var done, total int64
		o.Progress = func(d, all int64) { done, total = d, all }
		for range 2 {
			if err := Run(ctx, db, o); err != nil {
				t.Fatal(err)
			}
			client := db.Client()
			got := []int{
				client.User.Query().CountX(ctx), client.Tag.Query().CountX(ctx), client.Post.Query().CountX(ctx),
				client.Comment.Query().CountX(ctx),
			}
			if diff := cmp.Diff([]int{301, 90, 2000, 5000}, got); diff != "" {
				t.Errorf("users, tags, posts, comments (-want +got):\n%s", diff)
			}
			if done != total || total != 300+90+2000+5000 {
				t.Errorf("progress ended at %d of %d", done, total)
			}
			alice := client.User.Query().Where(user.Username("alice")).OnlyX(ctx)
			admin := client.User.Query().Where(user.RoleEQ(auth.RoleAdmin)).OnlyX(ctx)
			if admin.Username != "admin" || alice.QueryPosts().Where(post.StatusEQ(post.StatusDRAFT)).CountX(ctx) == 0 {
				t.Error("alice has no draft, or admin is another")
			}
		}
		other := small
		other.Seed = 9
		if err := Run(ctx, db, other); !errors.Is(err, ErrOtherData) {
			t.Errorf("over other data: %v", err)
		}
	})
}

func TestRunStops(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		ctx, cancel := context.WithCancel(t.Context())
		o := small
		o.Progress = func(done, _ int64) {
			if done > 400 {
				cancel()
			}
		}
		if err := Run(ctx, db, o); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestNothing(t *testing.T) {
	db := dbtest.Open(t, "sqlite")
	if err := Run(t.Context(), db, Options{}); err != nil {
		t.Fatal(err)
	}
	if n := db.Client().User.Query().CountX(t.Context()); n != len(wellKnown)+1 {
		t.Errorf("%d users", n)
	}
	if err := Run(t.Context(), db, Options{Comments: 1}); err == nil {
		t.Error("comments were made without posts")
	}
}

// sorted returns the numbers, largest first.
func sorted[K comparable](counts map[K]int) []int {
	var numbers []int
	for _, n := range counts {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	slices.Reverse(numbers)
	return numbers
}

func sum(numbers []int) (n int) {
	for _, x := range numbers {
		n += x
	}
	return n
}

func BenchmarkPost(b *testing.B) {
	o, _ := Options{Users: 10_000, Posts: 1_000_000, Comments: 5_000_000, Tags: 500}.withDefaults()
	m := newMaker(o)
	i, size := 0, 0
	for b.Loop() {
		p := m.post(i, m.shape(i))
		size += len(p.Body)
		i++
	}
	b.ReportMetric(float64(size)/float64(i), "chars")
}

func BenchmarkComment(b *testing.B) {
	o, _ := Options{Users: 10_000, Posts: 1_000_000, Comments: 5_000_000, Tags: 500}.withDefaults()
	m := newMaker(o)
	var rows []bulk.Comment
	i := 0
	for b.Loop() {
		rows = m.commentsOn(rows[:0], i/5, i, i+1)
		i++
	}
}
