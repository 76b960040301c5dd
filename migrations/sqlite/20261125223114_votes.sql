-- +goose Up
-- create index "comments_post_updated" to table: "comments"
CREATE INDEX `comments_post_updated` ON `comments` (`post_id`, `updated_at`, `id`);
-- create index "comments_author_updated" to table: "comments"
CREATE INDEX `comments_author_updated` ON `comments` (`author_id`, `updated_at` DESC, `id` DESC);
-- add column "score_base" to table: "posts", without copying the table
ALTER TABLE `posts` ADD COLUMN `score_base` integer NOT NULL DEFAULT (0);
UPDATE `posts` SET `score_base` = `score`;
-- create index "posts_updated" to table: "posts"
CREATE INDEX `posts_updated` ON `posts` (`updated_at`, `id`);
-- create "votes" table
CREATE TABLE `votes` (
  `value` integer NOT NULL,
  `created_at` datetime NOT NULL,
  `post_id` uuid NOT NULL,
  `user_id` uuid NOT NULL,
  PRIMARY KEY (`post_id`, `user_id`),
  CONSTRAINT `votes_posts_post` FOREIGN KEY (`post_id`) REFERENCES `posts` (`id`) ON DELETE CASCADE,
  CONSTRAINT `votes_users_user` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE RESTRICT
);
-- create index "votes_user" to table: "votes"
CREATE INDEX `votes_user` ON `votes` (`user_id`, `post_id`);
