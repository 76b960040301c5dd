-- +goose Up
-- What full text search finds posts by. The application writes the rows,
-- because it turns bodies into plain text first.
CREATE VIRTUAL TABLE `post_search` USING fts5(
  `post_id` UNINDEXED, `title`, `body`,
  tokenize = 'porter unicode61 remove_diacritics 2'
);
-- A virtual table has no foreign keys. A migration that copies the posts table
-- drops this trigger and must create it again.
-- +goose StatementBegin
CREATE TRIGGER `post_search_delete` AFTER DELETE ON `posts` BEGIN
  DELETE FROM `post_search` WHERE `post_id` = OLD.`id`;
END;
-- +goose StatementEnd
