-- Beyond the ent schema.
-- +goose Up
-- Search finds published posts and no others: nothing of a draft is in what it
-- reads. The application takes a post in when it is published and out when it
-- is withdrawn.
DELETE FROM "post_search" WHERE "post_id" IN (SELECT "id" FROM "posts" WHERE "status" <> 'PUBLISHED');
