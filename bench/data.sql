-- Made-up rows, the same at each run. Every user has ten
-- posts and every post some five comments, so that lists are full; the posts of
-- `weft seed` crowd on few users, as in reality. However many rows there are,
-- they lie in the same past years, so what a measurement adds is the newest.
CREATE FUNCTION pg_temp.made_id(kind text, n bigint, at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(kind || n), 1, 3)
    || '8' || substr(md5(kind || n), 4, 15))::uuid
$$;

CREATE TEMP TABLE u AS
SELECT i, at, pg_temp.made_id('user', i, at) AS id
FROM (SELECT i, timestamptz '2023-01-01' + i * (interval '10000 hours' / :users) + i % 997 * interval '1 millisecond' AS at
  FROM generate_series(1::bigint, :users) i) x;

INSERT INTO users (id, created_at, updated_at, username, username_key, name, bio, email, email_key, role)
SELECT id, at, at, 'user' || i, 'user' || i, 'Made-up Person ' || i,
  'I write about gardens, bread and old radios. Number ' || i || '.', 'user' || i || '@example.org', 'user' || i || '@example.org', 'USER'
FROM u;

CREATE TEMP TABLE p AS
SELECT i, at, pg_temp.made_id('post', i, at) AS id, (i * 7919) % :users + 1 AS author,
  CASE WHEN i % 37 = 0 THEN 'DRAFT' ELSE 'PUBLISHED' END AS status
FROM (SELECT i, timestamptz '2024-06-01' + i * (interval '700000 minutes' / :posts) + i % 911 * interval '1 millisecond' AS at
  FROM generate_series(1::bigint, :posts) i) x;

INSERT INTO posts (id, created_at, updated_at, title, body, excerpt, status, published_at, score, author_id)
SELECT p.id, p.at, p.at, 'How to mend a thing of the kind no. ' || p.i,
  repeat('There is more than one way to do it, and "most" of them need patience.' || chr(10), 5 + (p.i % 20)::int),
  repeat('There is more than one way to do it, and "most" of them need patience. ', 2), p.status,
  CASE WHEN p.status = 'PUBLISHED' THEN p.at + interval '1 minute' END, p.i % 50, u.id
FROM p JOIN u ON u.i = p.author;

INSERT INTO tags (id, name, created_at)
SELECT pg_temp.made_id('tag', i, timestamptz '2023-01-01'), 'tag-' || i, timestamptz '2023-01-01' FROM generate_series(0, 199) i;

INSERT INTO post_tags (post_id, tag_id, published_at)
SELECT DISTINCT p.id, pg_temp.made_id('tag', (p.i * 31 + n * 57) % 200, timestamptz '2023-01-01'),
  CASE WHEN p.status = 'PUBLISHED' THEN p.at + interval '1 minute' END
FROM p CROSS JOIN LATERAL generate_series(1, 1 + (p.i % 4)::int) n;

INSERT INTO comments (id, created_at, updated_at, body, post_id, author_id)
SELECT pg_temp.made_id('comment', c.i, c.at), c.at, c.at, 'That is what I did too, and it "held" for years. Remark ' || c.i, p.id, u.id
FROM (SELECT i, ('x' || substr(md5('on' || i), 1, 8))::bit(32)::bigint % :posts + 1 AS post, (i * 104729) % :users + 1 AS author,
    timestamptz '2026-01-01' + i * (interval '10000000 seconds' / :comments) AS at
  FROM generate_series(1::bigint, :comments) i) c
JOIN p ON p.i = c.post JOIN u ON u.i = c.author;
