-- +goose Up
-- modify "revocations" table
ALTER TABLE "revocations" ADD COLUMN "role" character varying NULL;
-- modify "sessions" table
ALTER TABLE "sessions" ADD COLUMN "address" character varying NOT NULL DEFAULT '', ADD COLUMN "user_agent" character varying NOT NULL DEFAULT '';
