-- +goose Up
-- Columns are added in place, so that the trigger on the table stays; they come
-- last, after what lists read.
ALTER TABLE `posts` ADD COLUMN `body_html` text NOT NULL DEFAULT '';
ALTER TABLE `posts` ADD COLUMN `html_version` integer NOT NULL DEFAULT 0;
