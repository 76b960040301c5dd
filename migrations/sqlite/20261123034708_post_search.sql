-- Beyond the ent schema.
-- +goose Up
-- What full text search finds posts by. The application writes the rows,
-- because it turns bodies into plain text first.
CREATE VIRTUAL TABLE `post_search` USING fts5(
  `post_id` UNINDEXED, `title`, `body`,
  tokenize = 'porter unicode61 remove_diacritics 2'
);
-- FTS5 keeps the columns in a table of its own, c0 being post_id. Without this
-- index the row of one post is found by reading all of them; with it by
-- rowid IN (SELECT id FROM post_search_content WHERE c0 = ?).
CREATE INDEX `post_search_post` ON `post_search_content` (`c0`);
-- A virtual table has no foreign keys. A migration that copies the posts table
-- drops this trigger and must create it again.
-- +goose StatementBegin
CREATE TRIGGER `post_search_delete` AFTER DELETE ON `posts` BEGIN
  DELETE FROM `post_search` WHERE `rowid` IN (SELECT `id` FROM `post_search_content` WHERE `c0` = OLD.`id`);
END;
-- +goose StatementEnd
