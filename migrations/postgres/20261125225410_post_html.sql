-- +goose Up
-- modify "posts" table
ALTER TABLE "posts" ADD COLUMN "body_html" text NOT NULL DEFAULT '', ADD COLUMN "html_version" bigint NOT NULL DEFAULT 0;
