-- +goose Up
-- create index "comments_author_updated" to table: "comments"
CREATE INDEX "comments_author_updated" ON "comments" ("author_id", "updated_at" DESC, "id" DESC);
-- create index "comments_post_updated" to table: "comments"
CREATE INDEX "comments_post_updated" ON "comments" ("post_id", "updated_at", "id");
-- modify "posts" table
ALTER TABLE "posts" ADD COLUMN "score_base" bigint NOT NULL DEFAULT 0;
-- create index "posts_updated" to table: "posts"
CREATE INDEX "posts_updated" ON "posts" ("updated_at", "id");
-- create "votes" table
CREATE TABLE "votes" (
  "value" bigint NOT NULL,
  "created_at" timestamptz NOT NULL,
  "post_id" uuid NOT NULL,
  "user_id" uuid NOT NULL,
  PRIMARY KEY ("post_id", "user_id"),
  CONSTRAINT "votes_posts_post" FOREIGN KEY ("post_id") REFERENCES "posts" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "votes_users_user" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT
);
-- create index "votes_user" to table: "votes"
CREATE INDEX "votes_user" ON "votes" ("user_id", "post_id");
UPDATE "posts" SET "score_base" = "score";
