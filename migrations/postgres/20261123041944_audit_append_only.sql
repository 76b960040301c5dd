-- Beyond the ent schema.
-- +goose Up
-- The audit log only grows: whoever may write to the database by the
-- application's role cannot change or take back what it holds.
-- +goose StatementBegin
CREATE FUNCTION "refuse_audit_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_events only takes new rows';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER "audit_events_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_events"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
