package query_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/tag"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/query"
)

// paths are the ways to reach rows, each with the index that must serve it.
// docs/indexes.md explains them.
func paths(q *query.Queries, m *milestones) map[string]path {
	newest := page.Page{Order: page.Order{Field: page.PublishedAt, Desc: true}, Size: 20}
	after := newest
	after.HasAfter, after.After = true, page.AtTime(*m.post.PublishedAt, m.post.ID.UUID())
	created := page.Page{Order: page.Order{Field: page.CreatedAt, Desc: true}, Size: 20}
	updated := page.Page{Order: page.Order{Field: page.UpdatedAt, Desc: true}, Size: 5}
	oldest := page.Page{Order: page.Order{Field: page.CreatedAt}, Size: 5}
	replies := page.Page{Order: page.Order{Field: page.PublishedAt}, Size: 5}
	counted, remarked := newest, oldest
	counted.Total, remarked.Total = true, true
	top := page.Page{Order: page.Order{Field: page.Score, Desc: true}, Size: 20}
	username := page.Page{Order: page.Order{Field: page.Username}, Size: 20}
	name := page.Page{Order: page.Order{Field: page.Name}, Size: 20}
	search, err := query.ParseSearch("garden")
	if err != nil {
		panic(err) // the text above holds a word
	}
	var tags [query.MaxFilterTags]string
	tags[0] = m.tag.Name
	all := query.PostList{Path: query.AllPosts}
	replied := query.PostList{Path: query.AllPosts, IncludeReplies: true}
	mixed := query.PostList{Path: query.AllPosts, Statuses: query.Draft | query.Published | query.Archived}
	return map[string]path{
		"User.by id": {"users_id_hash", func(ctx context.Context) error {
			_, err := query.ByID(ctx, q, query.Users, query.KeysOf(m.users...), ^query.Columns(0))
			return err
		}},
		"User.by name": {"users_username_key", func(ctx context.Context) error { _, err := q.UserByUsername(ctx, "alice", 0); return err }},
		"Users.newest": {"users_newest", func(ctx context.Context) error {
			_, err := query.Page(ctx, q, query.UserList{}, created, 0)
			return err
		}},
		"Users.by name": {"users_username_order", func(ctx context.Context) error {
			_, err := query.Page(ctx, q, query.UserList{}, username, 0)
			return err
		}},
		"Users.prefix": {"users_username_order", func(ctx context.Context) error {
			_, err := query.Page(ctx, q, query.UserList{Prefix: "al"}, username, 0)
			return err
		}},
		"Post.by id": {"posts_pkey", func(ctx context.Context) error {
			_, err := query.ByID(ctx, q, query.Posts, query.KeysOf(m.posts...), ^query.Columns(0))
			return err
		}},
		"Posts.newest":                 {"posts_newest", func(ctx context.Context) error { _, err := query.Page(ctx, q, all, newest, 0); return err }},
		"Posts.after":                  {"posts_newest", func(ctx context.Context) error { _, err := query.Page(ctx, q, all, after, 0); return err }},
		"Posts.created":                {"posts_created", func(ctx context.Context) error { _, err := query.Page(ctx, q, all, created, 0); return err }},
		"Posts.top":                    {"posts_top", func(ctx context.Context) error { _, err := query.Page(ctx, q, all, top, 0); return err }},
		"Posts.with replies":           {"posts_published", func(ctx context.Context) error { _, err := query.Page(ctx, q, replied, newest, 0); return err }},
		"Posts.replies by creation":    {"posts_created", func(ctx context.Context) error { _, err := query.Page(ctx, q, replied, created, 0); return err }},
		"Posts.replies by score":       {"posts_top", func(ctx context.Context) error { _, err := query.Page(ctx, q, replied, top, 0); return err }},
		"Posts.any status by creation": {"posts_created", func(ctx context.Context) error { _, err := query.Page(ctx, q, mixed, created, 0); return err }},
		"Posts.any status by score":    {"posts_top", func(ctx context.Context) error { _, err := query.Page(ctx, q, mixed, top, 0); return err }},
		"Posts.tagged": {"post_tags_newest", func(ctx context.Context) error {
			_, err := query.Page(ctx, q, query.PostList{Path: query.AllPosts, Tags: tags}, newest, 0)
			return err
		}},
		"Posts.of an author": {"posts_author_newest", func(ctx context.Context) error {
			_, err := query.Page(ctx, q, query.PostList{Path: query.AllPosts, Author: m.author}, newest, 0)
			return err
		}},
		"Posts.own drafts": {"posts_author_status", func(ctx context.Context) error {
			_, err := query.Page(ctx, q, query.PostList{Path: query.AllPosts, Statuses: query.Draft}, created, 0)
			return err
		}},
		"User.posts": {"posts_author_newest", func(ctx context.Context) error {
			_, err := query.Pages(ctx, q, query.PostList{Path: query.PostsOfAuthor}, query.KeysOf(m.users...), newest, 0)
			return err
		}},
		"User.posts after": {"posts_author_newest", func(ctx context.Context) error {
			_, err := query.Pages(ctx, q, query.PostList{Path: query.PostsOfAuthor}, query.KeysOf(m.users...), after, 0)
			return err
		}},
		"User.drafts": {"posts_author_status", func(ctx context.Context) error {
			_, err := query.Pages(ctx, q, query.PostList{Path: query.PostsOfAuthor, Statuses: query.Draft}, query.KeysOf(m.users...), created, 0)
			return err
		}},
		"User.posts count": {"posts_author_newest", func(ctx context.Context) error {
			_, err := query.Counts(ctx, q, query.PostList{Path: query.PostsOfAuthor}, query.KeysOf(m.users...))
			return err
		}},
		"User.posts and count": {"posts_author_newest", func(ctx context.Context) error {
			_, err := query.Pages(ctx, q, query.PostList{Path: query.PostsOfAuthor}, query.KeysOf(m.users...), counted, 0)
			return err
		}},
		"Post.comments and count": {"comments_post", func(ctx context.Context) error {
			_, err := query.Pages(ctx, q, query.CommentList{Path: query.CommentsOfPost}, query.KeysOf(m.posts...), remarked, 0)
			return err
		}},
		"Tag.posts and count": {"post_tags_newest", func(ctx context.Context) error {
			_, err := query.Pages(ctx, q, query.PostList{Path: query.PostsOfTag}, query.KeysOf(m.tags...), counted, 0)
			return err
		}},
		"User.comments": {"comments_author_newest", func(ctx context.Context) error {
			_, err := query.Pages(ctx, q, query.CommentList{Path: query.CommentsOfAuthor}, query.KeysOf(m.users...), created, 0)
			return err
		}},
		"Post.replies": {"posts_replies", func(ctx context.Context) error {
			_, err := query.Pages(ctx, q, query.PostList{Path: query.RepliesOfPost}, query.KeysOf(m.posts...), replies, 0)
			return err
		}},
		"Post.comments": {"comments_post", func(ctx context.Context) error {
			_, err := query.Pages(ctx, q, query.CommentList{Path: query.CommentsOfPost}, query.KeysOf(m.posts...), oldest, 0)
			return err
		}},
		"Post.comments by change": {"comments_post_updated", func(ctx context.Context) error {
			_, err := query.Pages(ctx, q, query.CommentList{Path: query.CommentsOfPost}, query.KeysOf(m.posts...), updated, 0)
			return err
		}},
		"User.comments by change": {"comments_author_updated", func(ctx context.Context) error {
			_, err := query.Pages(ctx, q, query.CommentList{Path: query.CommentsOfAuthor}, query.KeysOf(m.users...), updated, 0)
			return err
		}},
		"Posts.updated": {"posts_updated", func(ctx context.Context) error { _, err := query.Page(ctx, q, all, updated, 0); return err }},
		"Post.viewerVote": {"votes_(pkey|user)", func(ctx context.Context) error {
			_, err := q.VotesOnPosts(ctx, query.KeysOf(m.posts...))
			return err
		}},
		"Post.comment count": {"comments_post(_updated)?", func(ctx context.Context) error {
			_, err := query.Counts(ctx, q, query.CommentList{Path: query.CommentsOfPost}, query.KeysOf(m.posts...))
			return err
		}},
		"Post.tags": {"post_tags_pkey", func(ctx context.Context) error {
			_, err := q.TagsOfPosts(ctx, query.KeysOf(m.posts...), 0)
			return err
		}},
		"Comment.by id": {"comments_pkey", func(ctx context.Context) error {
			_, err := query.ByID(ctx, q, query.Comments, query.KeysOf(m.comments...), 0)
			return err
		}},
		"Tag.posts": {"post_tags_newest", func(ctx context.Context) error {
			_, err := query.Pages(ctx, q, query.PostList{Path: query.PostsOfTag}, query.KeysOf(m.tags...), newest, 0)
			return err
		}},
		"Tags.by name": {"tags_name_order", func(ctx context.Context) error { _, err := query.Page(ctx, q, query.TagList{}, name, 0); return err }},
		"Tags.prefix": {"tags_name_order", func(ctx context.Context) error {
			_, err := query.Page(ctx, q, query.TagList{Prefix: "a"}, name, 0)
			return err
		}},
		"Tag.by name": {"tags_name", func(ctx context.Context) error { _, err := q.TagByName(ctx, m.tag.Name, 0); return err }},
		"Search": {"post_search_(document|pkey)", func(ctx context.Context) error {
			_, _, err := q.SearchPage(ctx, search, page.Page{Order: page.Order{Field: page.Rank, Desc: true}, Size: 20}, 0)
			return err
		}},
	}
}

type path struct {
	index string
	read  func(context.Context) error
}

// sorts are the paths that may sort: by a computed value, or to group what they
// count if the planner considers that cheaper.
var sorts = []string{"Search", "User.posts count", "Post.comment count"}

// milestones are rows that the paths start from.
type milestones struct {
	author                       typeid.User
	post                         *ent.Post
	tag                          *ent.Tag
	users, posts, comments, tags []query.Key
}

// TestPlans explains the statement of each path on PostgreSQL, with data. No
// plan may read a whole table, or sort what an index has in order.
func TestPlans(t *testing.T) {
	db := dbtest.Open(t, "postgres")
	m := fill(t, db)
	recorded := &recordingDB{Database: db}
	q := query.New(recorded, auth.Viewer{ID: m.author, Role: auth.RoleUser})
	for name, path := range paths(q, m) {
		t.Run(name, func(t *testing.T) {
			recorded.reads = nil
			if err := path.read(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(recorded.reads) != 1 {
				t.Fatalf("took %d statements", len(recorded.reads))
			}
			plan := explain(t, db, recorded.reads[0])
			if strings.Contains(plan, "Seq Scan") {
				t.Error("reads a whole table")
			}
			if regexp.MustCompile(`(?m)^\s*(->)?\s*(Incremental )?Sort`).MatchString(plan) && !slices.Contains(sorts, name) {
				t.Error("sorts")
			}
			if !regexp.MustCompile(`(on|using) ` + path.index + `\b`).MatchString(plan) {
				t.Errorf("does not use %s", path.index)
			}
			if t.Failed() {
				t.Logf("%s\n%s", recorded.reads[0].SQL, plan)
			}
		})
	}
}

// recordingDB keeps the statements that it runs.
type recordingDB struct {
	*database.Database
	reads []database.Read
}

func (r *recordingDB) Query(ctx context.Context, read database.Read) (database.Rows, error) {
	r.reads = append(r.reads, read)
	return r.Database.Query(ctx, read)
}

func explain(t *testing.T, db *database.Database, read database.Read) string {
	t.Helper()
	read.SQL = "EXPLAIN (COSTS OFF) " + read.SQL
	rows, err := db.Query(t.Context(), read)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&plan, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}

// fill makes enough rows for a planner to prefer an index: 20,000 users, 100 of
// whom write; 20,000 posts and 10,000 replies; 100 comments on each of 400
// posts. With a handful of rows for each parent it would sort, and rightly so.
func fill(t *testing.T, db *database.Database) *milestones {
	t.Helper()
	for _, statement := range []string{
		`INSERT INTO users (id, created_at, updated_at, username, username_key)
			SELECT gen_random_uuid(), at, at, 'user' || i, 'user' || i
			FROM (SELECT i, timestamptz '2026-01-01' + i * interval '1 minute' AS at FROM generate_series(1, 20000) i) s`,
		`INSERT INTO posts (id, created_at, updated_at, title, body, status, published_at, score, author_id)
			SELECT gen_random_uuid(), at, at, 'Post ' || i, repeat('body ', 40), CASE WHEN i % 3 = 0 THEN 'DRAFT' ELSE 'PUBLISHED' END,
				CASE WHEN i % 3 <> 0 THEN at END, i % 50, u.id
			FROM (SELECT i, timestamptz '2026-01-01' + i * interval '1 second' AS at FROM generate_series(1, 20000) i) s
			JOIN users u ON u.username = 'user' || 1 + (i * 7919) % 100`,
		`INSERT INTO posts (id, created_at, updated_at, body, status, published_at, author_id, parent_id)
			SELECT gen_random_uuid(), p.created_at + interval '1 hour', p.created_at, 'reply', 'PUBLISHED', p.created_at + interval '1 hour', p.author_id, p.id
			FROM (SELECT * FROM posts WHERE status = 'PUBLISHED' ORDER BY created_at LIMIT 10000) p`,
		`INSERT INTO comments (id, created_at, updated_at, body, post_id, author_id)
			SELECT gen_random_uuid(), p.created_at + i * interval '1 minute', p.created_at, 'comment', p.id, p.author_id
			FROM (SELECT * FROM posts WHERE parent_id IS NULL AND score = 7) p, generate_series(1, 100) i`,
		`INSERT INTO tags (id, name, created_at) SELECT gen_random_uuid(), 'tag' || i, now() FROM generate_series(1, 20000) i`,
		`INSERT INTO post_tags (post_id, tag_id, published_at)
			SELECT p.id, t.id, p.published_at FROM (SELECT *, row_number() OVER (ORDER BY created_at) AS n FROM posts WHERE parent_id IS NULL) p
			JOIN tags t ON t.name IN ('tag' || 1 + p.n % 500, 'tag1000')`,
		`INSERT INTO votes (post_id, user_id, value, created_at)
			SELECT p.id, u.id, 1, now() FROM (SELECT id FROM posts WHERE parent_id IS NULL AND score = 7) p, (SELECT id FROM users LIMIT 100) u`,
		`INSERT INTO post_search (post_id, document) SELECT id, to_tsvector('english', CASE WHEN title LIKE '%777' THEN 'garden' ELSE 'other' END || ' ' || body) FROM posts`,
		`ANALYZE`,
	} {
		if _, err := db.DB().ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%v\n%s", err, statement)
		}
	}
	client, ctx := db.Client(), t.Context()
	m := &milestones{}
	posts, err := client.Post.Query().Where(post.StatusEQ(post.StatusPUBLISHED), post.ParentIDIsNil(), post.Score(7)).Order(post.ByPublishedAt()).Offset(100).Limit(20).All(ctx)
	if err != nil {
		t.Fatal(err)
	}
	m.post, m.author = posts[0], posts[0].AuthorID
	for _, p := range posts {
		m.posts = append(m.posts, query.Key(p.ID.ID))
		if author := query.Key(p.AuthorID.ID); !slices.Contains(m.users, author) {
			m.users = append(m.users, author)
		}
	}
	tags, err := client.Tag.Query().Where(tag.NameHasPrefix("tag10")).All(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range tags {
		m.tags = append(m.tags, query.Key(found.ID.ID))
		if found.Name == "tag1000" {
			m.tag = found
		}
	}
	comments, err := client.Comment.Query().Limit(20).All(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range comments {
		m.comments = append(m.comments, query.Key(c.ID.ID))
	}
	return m
}
