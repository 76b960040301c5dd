-- +goose Up
-- create "idempotency_keys" table
CREATE TABLE "idempotency_keys" (
  "id" uuid NOT NULL,
  "input" bytea NOT NULL,
  "answer" bytea NOT NULL,
  "created_at" timestamptz NOT NULL,
  "user_id" uuid NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "idempotency_keys_users_user" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- create index "idempotency_keys_expired" to table: "idempotency_keys"
CREATE INDEX "idempotency_keys_expired" ON "idempotency_keys" ("created_at");
-- create index "idempotency_keys_user" to table: "idempotency_keys"
CREATE INDEX "idempotency_keys_user" ON "idempotency_keys" ("user_id");
