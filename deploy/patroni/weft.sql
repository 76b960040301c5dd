-- Weft's role and database, made once on the primary:
-- psql -h db1 -U postgres -v password="$PASSWORD" -f weft.sql
\set ON_ERROR_STOP on
CREATE ROLE weft LOGIN REPLICATION PASSWORD :'password'; -- REPLICATION is for the change feed
GRANT pg_read_all_stats TO weft; -- a standby's timeline
CREATE DATABASE weft OWNER weft;
