-- Beyond the ent schema.
-- +goose Up
-- Search finds published posts and no others: nothing of a draft is in what it
-- reads. The application takes a post in when it is published and out when it
-- is withdrawn.
DELETE FROM `post_search` WHERE `rowid` IN (SELECT s.`id` FROM `post_search_content` s JOIN `posts` p ON p.`id` = s.`c0` WHERE p.`status` <> 'PUBLISHED');
