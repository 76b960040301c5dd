-- +goose Up
-- add column "role" to table: "revocations"
ALTER TABLE `revocations` ADD COLUMN `role` text NULL;
-- add columns "address" and "user_agent" to table: "sessions", without copying the table
ALTER TABLE `sessions` ADD COLUMN `address` text NOT NULL DEFAULT ('');
ALTER TABLE `sessions` ADD COLUMN `user_agent` text NOT NULL DEFAULT ('');
