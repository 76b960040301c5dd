-- +goose Up
-- create "access_tokens" table
CREATE TABLE `access_tokens` (
  `id` uuid NOT NULL,
  `name` text NOT NULL,
  `hash` blob NOT NULL,
  `hint` text NOT NULL,
  `scopes` text NOT NULL,
  `created_at` datetime NOT NULL,
  `expires_at` datetime NOT NULL,
  `used_at` datetime NULL,
  `user_id` uuid NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `access_tokens_users_user` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE
);
-- create index "access_tokens_hash" to table: "access_tokens"
CREATE UNIQUE INDEX `access_tokens_hash` ON `access_tokens` (`hash`);
-- create index "access_tokens_user" to table: "access_tokens"
CREATE INDEX `access_tokens_user` ON `access_tokens` (`user_id`, `id`);
-- create "audit_events" table
CREATE TABLE `audit_events` (
  `id` uuid NOT NULL,
  `created_at` datetime NOT NULL,
  `action` text NOT NULL,
  `actor_id` uuid NULL,
  `user_id` uuid NULL,
  `address` text NOT NULL DEFAULT (''),
  `detail` text NOT NULL DEFAULT (''),
  PRIMARY KEY (`id`)
);
-- create index "audit_events_newest" to table: "audit_events"
CREATE INDEX `audit_events_newest` ON `audit_events` (`created_at`, `id`);
-- create index "audit_events_user" to table: "audit_events"
CREATE INDEX `audit_events_user` ON `audit_events` (`user_id`, `created_at` DESC, `id` DESC);
-- create "credentials" table
CREATE TABLE `credentials` (
  `id` uuid NOT NULL,
  `password_hash` text NOT NULL,
  `changed_at` datetime NOT NULL,
  `user_id` uuid NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `credentials_users_user` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE
);
-- create index "credentials_user" to table: "credentials"
CREATE UNIQUE INDEX `credentials_user` ON `credentials` (`user_id`);
-- create "external_identities" table
CREATE TABLE `external_identities` (
  `id` uuid NOT NULL,
  `issuer` text NOT NULL,
  `subject` text NOT NULL,
  `created_at` datetime NOT NULL,
  `user_id` uuid NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `external_identities_users_user` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE
);
-- create index "external_identities_subject" to table: "external_identities"
CREATE UNIQUE INDEX `external_identities_subject` ON `external_identities` (`issuer`, `subject`);
-- create index "external_identities_user" to table: "external_identities"
CREATE INDEX `external_identities_user` ON `external_identities` (`user_id`);
-- create "refresh_tokens" table
CREATE TABLE `refresh_tokens` (
  `id` uuid NOT NULL,
  `hash` blob NOT NULL,
  `created_at` datetime NOT NULL,
  `expires_at` datetime NOT NULL,
  `used_at` datetime NULL,
  `nonce` blob NULL,
  `session_id` uuid NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `refresh_tokens_sessions_tokens` FOREIGN KEY (`session_id`) REFERENCES `sessions` (`id`) ON DELETE CASCADE
);
-- create index "refresh_tokens_hash" to table: "refresh_tokens"
CREATE UNIQUE INDEX `refresh_tokens_hash` ON `refresh_tokens` (`hash`);
-- create index "refresh_tokens_session" to table: "refresh_tokens"
CREATE INDEX `refresh_tokens_session` ON `refresh_tokens` (`session_id`);
-- create index "refresh_tokens_expired" to table: "refresh_tokens"
CREATE INDEX `refresh_tokens_expired` ON `refresh_tokens` (`expires_at`);
-- create "revocations" table
CREATE TABLE `revocations` (
  `id` uuid NOT NULL,
  `created_at` datetime NOT NULL,
  PRIMARY KEY (`id`)
);
-- create index "revocations_newest" to table: "revocations"
CREATE INDEX `revocations_newest` ON `revocations` (`created_at`);
-- create "sessions" table
CREATE TABLE `sessions` (
  `id` uuid NOT NULL,
  `created_at` datetime NOT NULL,
  `expires_at` datetime NOT NULL,
  `revoked_at` datetime NULL,
  `user_id` uuid NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `sessions_users_user` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE
);
-- create index "sessions_user" to table: "sessions"
CREATE INDEX `sessions_user` ON `sessions` (`user_id`);
-- create index "sessions_expired" to table: "sessions"
CREATE INDEX `sessions_expired` ON `sessions` (`expires_at`);
