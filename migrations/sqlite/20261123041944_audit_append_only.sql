-- Beyond the ent schema.
-- +goose Up
-- The audit log only grows: no statement changes or takes back what it holds.
-- +goose StatementBegin
CREATE TRIGGER `audit_events_no_update` BEFORE UPDATE ON `audit_events`
BEGIN
  SELECT RAISE(ABORT, 'audit_events only takes new rows');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_events_no_delete` BEFORE DELETE ON `audit_events`
BEGIN
  SELECT RAISE(ABORT, 'audit_events only takes new rows');
END;
-- +goose StatementEnd
