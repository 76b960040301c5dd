-- Beyond the ent schema.
-- +goose Up
-- Lists by name run byte by byte on every database, whatever its locale, so
-- that they and their cursors are those of SQLite. The unique indexes follow the
-- locale and cannot serve them.
CREATE INDEX "users_username_order" ON "users" ("username_key" COLLATE "C", "id");
CREATE INDEX "tags_name_order" ON "tags" ("name" COLLATE "C", "id");
