package main

// The statements are Weft's, as GraphQL-Explain shows them.
const (
	userByID  = `SELECT u.id, u.created_at, u.username, u.name, u.bio, u.avatar_url, u.role FROM users u WHERE u.id = $1`
	newest100 = `SELECT p.id, p.title, p.excerpt, p.published_at, p.score, p.author_id FROM posts p` +
		` WHERE p.status = 'PUBLISHED' AND p.parent_id IS NULL ORDER BY p.published_at DESC, p.id DESC LIMIT 101`
	authors  = `SELECT u.id, u.username, u.name FROM unnest($1::uuid[]) AS k(id) JOIN users u ON u.id = k.id`
	newest20 = `SELECT u.id, u.created_at, u.username, u.name FROM users u ORDER BY u.created_at DESC, u.id DESC LIMIT 21`
	postsOf  = `SELECT k.ord, x.* FROM unnest($1::uuid[]) WITH ORDINALITY AS k(id, ord) CROSS JOIN LATERAL (` +
		`SELECT p.id, p.title, p.published_at FROM posts p WHERE p.author_id = k.id AND p.status = 'PUBLISHED' AND p.parent_id IS NULL` +
		` ORDER BY p.published_at DESC, p.id DESC LIMIT 11) x`
	tagsOf     = `SELECT pt.post_id, t.id, t.name FROM post_tags pt JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id = ANY($1::uuid[])`
	commentsOf = `SELECT k.ord, k.total, x.* FROM (SELECT k.id, k.ord, (SELECT count(*) FROM (SELECT 1 FROM comments c WHERE c.post_id = k.id LIMIT 10000) bounded) AS total` +
		` FROM unnest($1::uuid[]) WITH ORDINALITY AS k(id, ord) OFFSET 0) k CROSS JOIN LATERAL (` +
		`SELECT c.id, c.created_at, c.body, c.author_id FROM comments c WHERE c.post_id = k.id ORDER BY c.created_at, c.id LIMIT 6) x`
	countsOf = `SELECT k.ord, (SELECT count(*) FROM (SELECT 1 FROM comments c WHERE c.post_id = k.id LIMIT 10000) bounded) AS total` +
		` FROM unnest($1::uuid[]) WITH ORDINALITY AS k(id, ord)`
	usernames  = `SELECT u.id, u.username FROM unnest($1::uuid[]) AS k(id) JOIN users u ON u.id = k.id`
	names      = `SELECT u.id, u.name FROM unnest($1::uuid[]) AS k(id) JOIN users u ON u.id = k.id`
	postsAfter = `SELECT p.id, p.title, p.body, p.published_at, p.author_id FROM posts p` +
		` WHERE p.status = 'PUBLISHED' AND p.parent_id IS NULL AND (p.published_at, p.id) < ($1, $2)` +
		` ORDER BY p.published_at DESC, p.id DESC LIMIT 51`
	addComment = `INSERT INTO comments (id, author_id, body, created_at, updated_at, post_id) VALUES ($1, $2, $3, $4, $5, COALESCE((SELECT p.id FROM posts p WHERE p.id = $6 AND p.status = 'PUBLISHED'` +
		` AND (p.status = 'PUBLISHED' AND (p.parent_id IS NULL OR (SELECT parent.status = 'PUBLISHED' OR parent.author_id = $7 FROM posts parent WHERE parent.id = p.parent_id)) OR p.author_id = $8)), $9))`
	addPost   = `INSERT INTO "posts" ("created_at", "updated_at", "title", "body", "body_format", "excerpt", "body_html", "html_version", "status", "published_at", "score", "score_base", "author_id", "id") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`
	indexPost = `INSERT INTO post_search AS t (post_id, document)
		SELECT post_id, setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', text), 'B') FROM (VALUES ($1::uuid, $2::text, $3::text)) AS post (post_id, title, text)
		ON CONFLICT (post_id) DO UPDATE SET document = excluded.document WHERE t.document IS DISTINCT FROM excluded.document`
)

// viewerByToken finds who is signed in, and fails unless their session holds and
// their role is still that of the token.
const (
	viewerByToken = `SELECT u.id, u.created_at, u.updated_at, u.username, u.username_key, u.name, u.bio, u.avatar_url, u.email, u.email_key, u.role` +
		` FROM (SELECT) AS one LEFT JOIN users AS u ON u.id = $1` +
		` AND EXISTS (SELECT 1 FROM sessions AS s WHERE s.id = $2 AND s.user_id = $1 AND s.revoked_at IS NULL AND s.expires_at > $3)` +
		` AND u.role = $4 WHERE 1 / (u.id IS NOT NULL)::int = 1`
	viewerUsername = 3 // the column
)

// What writes, finds the viewer and answers in one statement.
const (
	withViewer = `WITH viewer AS (SELECT u.id, u.username FROM users u WHERE u.id = $1 AND EXISTS (SELECT FROM sessions s WHERE s.id = $2` +
		` AND s.user_id = $1 AND s.revoked_at IS NULL AND s.expires_at > $3))`
	commentAtOnce = withViewer + ` INSERT INTO comments (id, author_id, body, created_at, updated_at, post_id)` +
		` SELECT $4, v.id, $5, $3, $3, p.id FROM viewer v, posts p WHERE p.id = $6 AND p.status = 'PUBLISHED'` +
		` RETURNING author_id, (SELECT username FROM viewer)`
	postAtOnce = withViewer + `, post AS (INSERT INTO posts (id, author_id, title, body, body_format, excerpt, body_html, html_version, status, published_at, created_at, updated_at, score)` +
		` SELECT $4, v.id, $5::text, $6::text, 'MARKDOWN', $6::text, $7::text, 1, 'PUBLISHED', $3, $3, $3, 0 FROM viewer v RETURNING id, author_id),` +
		` indexed AS (INSERT INTO post_search (post_id, document)` +
		` SELECT id, setweight(to_tsvector('english', $5::text), 'A') || setweight(to_tsvector('english', $6::text), 'B') FROM post)` +
		` SELECT post.author_id, viewer.username FROM post, viewer`
)

// statements are those of each operation.
var statements = map[string][]string{
	"Q1": {userByID},
	"Q2": {newest100, authors},
	"Q3": {newest20, postsOf, tagsOf, commentsOf, usernames},
	"Q4": {postsAfter, names, countsOf},
	"Q5": {viewerByToken, addComment},
	"Q6": {viewerByToken, addPost, indexPost},
}
