-- +goose Up
-- create "idempotency_keys" table
CREATE TABLE `idempotency_keys` (
  `id` uuid NOT NULL,
  `input` blob NOT NULL,
  `answer` blob NOT NULL,
  `created_at` datetime NOT NULL,
  `user_id` uuid NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `idempotency_keys_users_user` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE
);
-- create index "idempotency_keys_user" to table: "idempotency_keys"
CREATE INDEX `idempotency_keys_user` ON `idempotency_keys` (`user_id`);
-- create index "idempotency_keys_expired" to table: "idempotency_keys"
CREATE INDEX `idempotency_keys_expired` ON `idempotency_keys` (`created_at`);
