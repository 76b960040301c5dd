-- Beyond the ent schema.
-- +goose Up
-- What full text search finds posts by: title with weight A, body with weight
-- B, in the configuration 'english'. The application writes the rows, because
-- it turns bodies into plain text first.
CREATE TABLE "post_search" (
  "post_id" uuid NOT NULL,
  "document" tsvector NOT NULL,
  PRIMARY KEY ("post_id"),
  CONSTRAINT "post_search_posts_post" FOREIGN KEY ("post_id") REFERENCES "posts" ("id") ON DELETE CASCADE
);
CREATE INDEX "post_search_document" ON "post_search" USING gin ("document");
