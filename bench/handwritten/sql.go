package main

// The statements are Weft's, as GraphQL-Explain shows them.
const (
	userByID  = `SELECT u.id, u.username, u.name, u.bio, u.avatar_url, u.role, u.created_at FROM users u WHERE u.id = $1`
	newest100 = `SELECT p.id, p.title, p.excerpt, p.published_at, p.score, p.author_id FROM posts p` +
		` WHERE p.status = 'PUBLISHED' AND p.parent_id IS NULL ORDER BY p.published_at DESC, p.id DESC LIMIT 101`
	authors  = `SELECT u.id, u.username, u.name FROM users u WHERE u.id = ANY($1::uuid[])`
	newest20 = `SELECT u.id, u.username, u.name, u.created_at FROM users u ORDER BY u.created_at DESC, u.id DESC LIMIT 21`
	postsOf  = `SELECT k.ord, x.* FROM unnest($1::uuid[]) WITH ORDINALITY AS k(id, ord) CROSS JOIN LATERAL (` +
		`SELECT p.id, p.title, p.published_at FROM posts p WHERE p.author_id = k.id AND p.status = 'PUBLISHED' AND p.parent_id IS NULL` +
		` ORDER BY p.published_at DESC, p.id DESC LIMIT 11) x`
	tagsOf     = `SELECT pt.post_id, t.id, t.name FROM post_tags pt JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id = ANY($1::uuid[])`
	commentsOf = `SELECT k.ord, x.* FROM unnest($1::uuid[]) WITH ORDINALITY AS k(id, ord) CROSS JOIN LATERAL (` +
		`SELECT c.id, c.body, c.created_at, c.author_id FROM comments c WHERE c.post_id = k.id ORDER BY c.created_at, c.id LIMIT 6) x`
	countsOf   = `SELECT c.post_id, count(*) FROM comments c WHERE c.post_id = ANY($1::uuid[]) GROUP BY c.post_id`
	usernames  = `SELECT u.id, u.username FROM users u WHERE u.id = ANY($1::uuid[])`
	username   = `SELECT u.id, u.username FROM users u WHERE u.id = $1`
	names      = `SELECT u.id, u.name FROM users u WHERE u.id = ANY($1::uuid[])`
	postsAfter = `SELECT p.id, p.title, p.body, p.published_at, p.author_id FROM posts p` +
		` WHERE p.status = 'PUBLISHED' AND p.parent_id IS NULL AND (p.published_at, p.id) < ($1, $2)` +
		` ORDER BY p.published_at DESC, p.id DESC LIMIT 51`
	postStatus = `SELECT p.id, p.status FROM posts p WHERE p.id = $1 AND (p.status = 'PUBLISHED' OR p.author_id = $2)`
	addComment = `INSERT INTO "comments" ("created_at", "updated_at", "body", "author_id", "post_id", "id") VALUES ($1, $2, $3, $4, $5, $6)`
)

// viewerByName finds who the header of development names. It comes before the
// operation and is not among its statements.
const viewerByName = `SELECT u.id, u.role FROM users u WHERE u.username_key = $1`

// statements are those of each operation.
var statements = map[string][]string{
	"Q1": {userByID},
	"Q2": {newest100, authors},
	"Q3": {newest20, postsOf, tagsOf, commentsOf, countsOf, usernames},
	"Q4": {postsAfter, names, countsOf},
	"Q5": {postStatus, addComment, username},
}
