package yugabyte_test

// known is something that Weft uses and the engine lacks, with what that means.
type known struct {
	lack string // its name
	text string // what the statements hold; "" is any migration
	uses string // where Weft uses it, and what for
	todo string // what to do about it on the engine
}

// knowns are what is known. Each of them stands in docs/scaling.md.
var knowns = []known{
	{
		"changes of the schema within a transaction", "", "`weft migrate`: each migration is one transaction",
		"set `ysql_yb_ddl_transaction_block_enabled`; without it a migration that fails half-way is mended by hand",
	},
	{
		"changes of the schema within a transaction", "goose_db_version", "`weft migrate`: the table of versions", "the same",
	},
	{
		"changes of the schema within a transaction", "bulk_", "`weft seed` and `import`: temporary tables that go with their transaction",
		"the same",
	},
	{
		"system columns", "RETURNING t.xmax = 0 AS new", "`weft seed` and `import`: tell what was inserted from what was updated",
		"compare with the ids that were there before; until then fill the database by way of the API",
	},
	{
		"positions in the write-ahead log", "left(pg_walfile_name(pg_current_wal_flush_lsn()), 8)", "the position after each COMMIT, and that of readers without a token",
		"a position by the engine's clock, `yb_get_current_hybrid_time_lsn()`: to be written",
	},
	{
		"positions in the write-ahead log", "pg_current_snapshot()::text", "what a cache may keep", "leave `WEFT_ROW_CACHE` and `WEFT_RESPONSE_CACHE` at 0",
	},
	{
		"transaction ids", "pg_current_snapshot()::text", "what a cache may keep", "the same",
	},
	{
		"positions in the write-ahead log", "pg_is_in_recovery() AS r", "the state of each server, with replicas alone", "leave `WEFT_DATABASE_REPLICA_URLS` empty",
	},
	{
		"physical replication", "pg_is_in_recovery() AS r", "the state of each server, with replicas alone", "the same",
	},
	{
		"one name for the cluster", "pg_is_in_recovery() AS r", "the state of each server, with replicas alone", "the same",
	},
	{
		"one name for the cluster", "'/' || current_database()", "the name under which instances share kept answers and rows", "leave the caches off",
	},
	{
		"messages in the log", "pg_logical_emit_message(true", "what a write says of itself to the change feed, at each COMMIT", "a switch that leaves it out: to be written",
	},
	{
		"messages in the log", `"announce_change"`, "what other programs' writes, `seed` and `import` say to the change feed", "drop these triggers",
	},
	{
		"IDENTIFY_SYSTEM", "IDENTIFY_SYSTEM", "the change feed, when it begins", "none: the feed says so in the log and stays off",
	},
	{
		"temporary replication slots", "CREATE_REPLICATION_SLOT", "the change feed, when it begins", "the same",
	},
	{
		"the view pg_stat_replication", "pg_backend_pid()", "`weft doctor`", "leave it out",
	},
}
