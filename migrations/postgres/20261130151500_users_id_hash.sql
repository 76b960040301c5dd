-- Beyond the ent schema.
-- +goose Up
-- Posts and comments bring their authors by the hundred. A hash index finds each
-- by one page of it, however many users there are; the primary key needs a page
-- for each level of its tree.
-- IF NOT EXISTS, because who has many users may make it before, CONCURRENTLY.
CREATE INDEX IF NOT EXISTS "users_id_hash" ON "users" USING hash ("id");

-- Programs that do not know the index run beside those that do.
CREATE TABLE IF NOT EXISTS schema_compatible (version BIGINT PRIMARY KEY, since BIGINT NOT NULL);
INSERT INTO schema_compatible (version, since) VALUES (20261130151500, 20261127120000);
