-- +goose Up
-- create "comments" table
CREATE TABLE `comments` (
  `id` uuid NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `body` text NOT NULL,
  `post_id` uuid NOT NULL,
  `author_id` uuid NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `comments_posts_comments` FOREIGN KEY (`post_id`) REFERENCES `posts` (`id`) ON DELETE CASCADE,
  CONSTRAINT `comments_users_comments` FOREIGN KEY (`author_id`) REFERENCES `users` (`id`) ON DELETE RESTRICT
);
-- create index "comments_post" to table: "comments"
CREATE INDEX `comments_post` ON `comments` (`post_id`, `created_at`, `id`);
-- create index "comments_author_newest" to table: "comments"
CREATE INDEX `comments_author_newest` ON `comments` (`author_id`, `created_at` DESC, `id` DESC);
-- create "posts" table
CREATE TABLE `posts` (
  `id` uuid NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `title` text NULL,
  `body` text NOT NULL,
  `body_format` text NOT NULL DEFAULT ('MARKDOWN'),
  `excerpt` text NOT NULL DEFAULT (''),
  `status` text NOT NULL DEFAULT ('DRAFT'),
  `published_at` datetime NULL,
  `score` integer NOT NULL DEFAULT (0),
  `parent_id` uuid NULL,
  `author_id` uuid NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `posts_posts_replies` FOREIGN KEY (`parent_id`) REFERENCES `posts` (`id`) ON DELETE CASCADE,
  CONSTRAINT `posts_users_posts` FOREIGN KEY (`author_id`) REFERENCES `users` (`id`) ON DELETE RESTRICT
);
-- create index "posts_published" to table: "posts"
CREATE INDEX `posts_published` ON `posts` (`published_at`, `id`) WHERE status = 'PUBLISHED';
-- create index "posts_newest" to table: "posts"
CREATE INDEX `posts_newest` ON `posts` (`published_at`, `id`) WHERE status = 'PUBLISHED' AND parent_id IS NULL;
-- create index "posts_created" to table: "posts"
CREATE INDEX `posts_created` ON `posts` (`created_at`, `id`);
-- create index "posts_top" to table: "posts"
CREATE INDEX `posts_top` ON `posts` (`score`, `id`);
-- create index "posts_author_newest" to table: "posts"
CREATE INDEX `posts_author_newest` ON `posts` (`author_id`, `published_at` DESC, `id` DESC) WHERE status = 'PUBLISHED' AND parent_id IS NULL;
-- create index "posts_author_status" to table: "posts"
CREATE INDEX `posts_author_status` ON `posts` (`author_id`, `status`, `created_at` DESC, `id` DESC);
-- create index "posts_unpublished" to table: "posts"
CREATE INDEX `posts_unpublished` ON `posts` (`status`, `created_at` DESC, `id` DESC) WHERE status <> 'PUBLISHED';
-- create index "posts_replies" to table: "posts"
CREATE INDEX `posts_replies` ON `posts` (`parent_id`, `published_at`, `id`) WHERE parent_id IS NOT NULL;
-- create "post_tags" table
CREATE TABLE `post_tags` (
  `published_at` datetime NULL,
  `post_id` uuid NOT NULL,
  `tag_id` uuid NOT NULL,
  PRIMARY KEY (`post_id`, `tag_id`),
  CONSTRAINT `post_tags_posts_post` FOREIGN KEY (`post_id`) REFERENCES `posts` (`id`) ON DELETE CASCADE,
  CONSTRAINT `post_tags_tags_tag` FOREIGN KEY (`tag_id`) REFERENCES `tags` (`id`) ON DELETE CASCADE
);
-- create index "post_tags_newest" to table: "post_tags"
CREATE INDEX `post_tags_newest` ON `post_tags` (`tag_id`, `published_at` DESC, `post_id` DESC) WHERE published_at IS NOT NULL;
-- create "tags" table
CREATE TABLE `tags` (
  `id` uuid NOT NULL,
  `name` text NOT NULL,
  `created_at` datetime NOT NULL,
  PRIMARY KEY (`id`)
);
-- create index "tags_name" to table: "tags"
CREATE UNIQUE INDEX `tags_name` ON `tags` (`name`);
-- create "users" table
CREATE TABLE `users` (
  `id` uuid NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `username` text NOT NULL,
  `username_key` text NOT NULL,
  `name` text NOT NULL DEFAULT (''),
  `bio` text NOT NULL DEFAULT (''),
  `avatar_url` text NOT NULL DEFAULT (''),
  `email` text NULL,
  `email_key` text NULL,
  `role` text NOT NULL DEFAULT ('USER'),
  PRIMARY KEY (`id`)
);
-- create index "users_username_key" to table: "users"
CREATE UNIQUE INDEX `users_username_key` ON `users` (`username_key`);
-- create index "users_email_key" to table: "users"
CREATE UNIQUE INDEX `users_email_key` ON `users` (`email_key`);
-- create index "users_newest" to table: "users"
CREATE INDEX `users_newest` ON `users` (`created_at`, `id`);
