-- Beyond the ent schema.
-- +goose Up
-- Writes of other programs say in the log which table they changed. Weft's own
-- sessions say more, by themselves, and switch this off by the setting weft.app.
-- +goose StatementBegin
CREATE FUNCTION "announce_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_logical_emit_message(true, 'weft', convert_to(json_build_object('changes', json_build_array(json_build_object('t', TG_TABLE_NAME)))::text, 'UTF8'));
  RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER "comments_announce" AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "comments"
  FOR EACH STATEMENT WHEN (current_setting('weft.app', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION "announce_change"();
ALTER TABLE "comments" ENABLE ALWAYS TRIGGER "comments_announce";
CREATE TRIGGER "post_tags_announce" AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "post_tags"
  FOR EACH STATEMENT WHEN (current_setting('weft.app', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION "announce_change"();
ALTER TABLE "post_tags" ENABLE ALWAYS TRIGGER "post_tags_announce";
CREATE TRIGGER "posts_announce" AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "posts"
  FOR EACH STATEMENT WHEN (current_setting('weft.app', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION "announce_change"();
ALTER TABLE "posts" ENABLE ALWAYS TRIGGER "posts_announce";
CREATE TRIGGER "revocations_announce" AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "revocations"
  FOR EACH STATEMENT WHEN (current_setting('weft.app', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION "announce_change"();
ALTER TABLE "revocations" ENABLE ALWAYS TRIGGER "revocations_announce";
CREATE TRIGGER "tags_announce" AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "tags"
  FOR EACH STATEMENT WHEN (current_setting('weft.app', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION "announce_change"();
ALTER TABLE "tags" ENABLE ALWAYS TRIGGER "tags_announce";
CREATE TRIGGER "users_announce" AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "users"
  FOR EACH STATEMENT WHEN (current_setting('weft.app', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION "announce_change"();
ALTER TABLE "users" ENABLE ALWAYS TRIGGER "users_announce";
CREATE TRIGGER "votes_announce" AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "votes"
  FOR EACH STATEMENT WHEN (current_setting('weft.app', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION "announce_change"();
ALTER TABLE "votes" ENABLE ALWAYS TRIGGER "votes_announce";
