-- Beyond the ent schema.
-- +goose Up
-- How many transactions have written, in its one row: the position that a write
-- ends at. PostgreSQL has its log for that.
CREATE TABLE `position` (`n` integer NOT NULL);
INSERT INTO `position` VALUES (0);
