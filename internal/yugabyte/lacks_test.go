package yugabyte_test

// lack is something of PostgreSQL that YugabyteDB does not have, by its
// documentation.
type lack struct {
	name    string
	page    string // of the documentation that says so
	example string // a statement that uses it

	// How it is known in a parse tree: by nodes (see fits), by the names of
	// functions, columns, types and relations, or by words of the replication
	// protocol.
	nodes       []string
	names       map[string][]string
	commands    []string
	definitions bool // a change of the schema within a transaction

	// The documentation speaks of the matter, but not of this: whether it works
	// is not known.
	unsaid bool
}

// engine is the version that the list is for. What the documentation says to be
// mended in it is not in the list.
const engine = "YugabyteDB 2025.1"

const (
	compatibility = "https://docs.yugabyte.com/stable/develop/postgresql-compatibility/#unsupported-postgresql-features"
	knownIssues   = "https://docs.yugabyte.com/stable/yugabyte-voyager/known-issues/postgresql/"
	replication   = "https://docs.yugabyte.com/stable/additional-features/change-data-capture/using-logical-replication/#limitations"
	overview      = "https://docs.yugabyte.com/stable/additional-features/change-data-capture/using-logical-replication/#overview"
	slots         = "https://docs.yugabyte.com/stable/api/ysql/the-sql-language/statements/streaming_create_repl_slot/"
	concepts      = "https://docs.yugabyte.com/stable/additional-features/change-data-capture/using-logical-replication/key-concepts/"
	ddl           = "https://docs.yugabyte.com/stable/explore/transactions/transactional-ddl/"
	gin           = "https://docs.yugabyte.com/stable/explore/ysql-language-features/indexes-constraints/gin/#limitations"
)

// lacks is what the documentation says that the engine lacks, as it was read on
// 2026-11-29. What no statement could show, such as physical replication as
// such, is in docs/scaling.md.
var lacks = []lack{
	{
		name: "changes of the schema within a transaction", page: ddl, definitions: true,
		example: "BEGIN; CREATE TABLE a (b int)",
	},
	{
		// The documentation names two of the functions, and says that no LSN is a
		// place in a log.
		name: "positions in the write-ahead log", page: replication, example: "SELECT pg_current_wal_flush_lsn()",
		names: map[string][]string{"FuncCall": {
			"pg_current_wal_lsn", "pg_current_wal_flush_lsn", "pg_current_wal_insert_lsn", "pg_wal_lsn_diff", "pg_walfile_name", "pg_walfile_name_offset", "pg_switch_wal",
		}},
	},
	{
		name: "physical replication", page: concepts, example: "SELECT pg_last_wal_replay_lsn()",
		names: map[string][]string{
			"FuncCall": {"pg_last_wal_replay_lsn", "pg_last_wal_receive_lsn", "pg_last_xact_replay_timestamp", "pg_promote", "pg_wal_replay_pause", "pg_wal_replay_resume"},
			"RangeVar": {"pg_stat_wal_receiver"},
		},
	},
	{
		name: "transaction ids", page: compatibility, example: "SELECT txid_current()",
		names: map[string][]string{
			"FuncCall": {
				"txid_current", "txid_current_if_assigned", "txid_current_snapshot", "txid_status", "pg_current_xact_id", "pg_current_xact_id_if_assigned", "pg_current_snapshot",
				"pg_xact_status", "pg_visible_in_snapshot", "pg_snapshot_xmin", "pg_snapshot_xmax", "pg_snapshot_xip", "age",
			},
			"TypeName": {"xid", "xid8", "txid_snapshot", "pg_snapshot"},
		},
	},
	{
		name: "system columns", page: knownIssues + "#system-columns-is-not-yet-supported", example: "SELECT a.xmax FROM a",
		names: map[string][]string{"ColumnRef": {"xmin", "xmax", "cmin", "cmax", "ctid"}},
	},
	{
		name: "the view pg_stat_replication", page: replication, example: "SELECT count(*) FROM pg_stat_replication",
		names: map[string][]string{"RangeVar": {"pg_stat_replication"}},
	},
	{
		name: "IDENTIFY_SYSTEM", page: replication, example: "IDENTIFY_SYSTEM", commands: []string{"IDENTIFY_SYSTEM"},
	},
	{
		// It speaks of changes of rows alone.
		name: "messages in the log", page: overview, unsaid: true, example: "SELECT pg_logical_emit_message(true, 'a', 'b')",
		names: map[string][]string{"FuncCall": {"pg_logical_emit_message"}},
	},
	{
		name: "temporary replication slots", page: slots, unsaid: true, example: "CREATE_REPLICATION_SLOT a TEMPORARY LOGICAL pgoutput", commands: []string{"TEMPORARY"},
	},
	{
		// Each node has files of PostgreSQL of its own.
		name: "one name for the cluster", page: concepts, unsaid: true, example: "SELECT system_identifier FROM pg_control_system()",
		names: map[string][]string{"FuncCall": {"pg_control_system", "pg_control_checkpoint", "pg_control_init", "pg_control_recovery"}},
	},
	{
		name: "functions that pull changes from a slot", page: replication, example: "SELECT * FROM pg_logical_slot_get_changes('a', NULL, NULL)",
		names: map[string][]string{"FuncCall": {
			"pg_logical_slot_get_changes", "pg_logical_slot_peek_changes", "pg_logical_slot_get_binary_changes", "pg_logical_slot_peek_binary_changes",
			"pg_replication_slot_advance", "pg_copy_logical_replication_slot", "pg_copy_physical_replication_slot", "pg_create_physical_replication_slot",
		}},
	},
	{
		name: "LISTEN and NOTIFY without a flag", page: compatibility, example: "LISTEN a",
		nodes: []string{"ListenStmt", "NotifyStmt", "UnlistenStmt"}, names: map[string][]string{"FuncCall": {"pg_notify"}},
	},
	{name: "LOCK TABLE", page: compatibility, example: "LOCK TABLE a", nodes: []string{"LockStmt"}},
	{name: "table inheritance", page: compatibility, example: "CREATE TABLE a (b int) INHERITS (c)", nodes: []string{"CreateStmt inhRelations>0", "AlterTableCmd subtype=AT_AddInherit", "AlterTableCmd subtype=AT_DropInherit"}},
	{name: "exclusion constraints", page: compatibility, example: "CREATE TABLE a (b int, EXCLUDE USING gist (b WITH =))", nodes: []string{"Constraint contype=CONSTR_EXCLUSION"}},
	{
		name: "deferrable constraints other than foreign keys", page: knownIssues + "#deferrable-constraint-on-constraints-other-than-foreign-keys-is-not-supported",
		example: "ALTER TABLE a ADD CONSTRAINT b UNIQUE (c) DEFERRABLE", nodes: []string{"Constraint contype=CONSTR_UNIQUE deferrable", "Constraint contype=CONSTR_PRIMARY deferrable"},
	},
	{name: "constraint triggers", page: compatibility, example: "CREATE CONSTRAINT TRIGGER a AFTER INSERT ON b FOR EACH ROW EXECUTE FUNCTION c()", nodes: []string{"CreateTrigStmt isconstraint"}},
	{
		name: "triggers with REFERENCING", page: compatibility, nodes: []string{"CreateTrigStmt transitionRels>0"},
		example: "CREATE TRIGGER a AFTER DELETE ON b REFERENCING OLD TABLE AS c FOR EACH STATEMENT EXECUTE FUNCTION d()",
	},
	{
		name: "GiST, BRIN and SP-GiST indexes", page: knownIssues + "#gist-brin-and-spgist-index-types-are-not-supported", example: "CREATE INDEX a ON b USING brin (c)",
		nodes: []string{"IndexStmt accessMethod=gist", "IndexStmt accessMethod=brin", "IndexStmt accessMethod=spgist"},
	},
	{name: "GIN indexes of several columns", page: gin, example: "CREATE INDEX a ON b USING gin (c, d)", nodes: []string{"IndexStmt accessMethod=gin indexParams>1"}},
	{
		name: "storage parameters of tables and indexes", page: knownIssues + "#storage-parameters-on-indexes-or-constraints-in-the-source-postgresql",
		example: "CREATE INDEX a ON b (c) WITH (fillfactor = 70)", nodes: []string{"IndexStmt options>0", "CreateStmt options>0", "Constraint options>0", "AlterTableCmd subtype=AT_SetRelOptions"},
	},
	{
		name: "some forms of ALTER TABLE", page: knownIssues + "#unsupported-alter-table-ddl-variants-in-source-schema", example: "ALTER TABLE a CLUSTER ON b",
		nodes: []string{"AlterTableCmd subtype=AT_SetOptions", "AlterTableCmd subtype=AT_DisableRule", "AlterTableCmd subtype=AT_ClusterOn"},
	},
	{name: "ALTER TYPE", page: compatibility, example: "ALTER TYPE a ADD ATTRIBUTE b int", nodes: []string{"AlterTableStmt objtype=OBJECT_TYPE"}},
	{name: "CREATE CONVERSION", page: compatibility, example: "CREATE CONVERSION a FOR 'LATIN1' TO 'UTF8' FROM b", nodes: []string{"CreateConversionStmt"}},
	{name: "CREATE ACCESS METHOD", page: compatibility, example: "CREATE ACCESS METHOD a TYPE INDEX HANDLER b", nodes: []string{"CreateAmStmt"}},
	{name: "CREATE SCHEMA with elements", page: compatibility, example: "CREATE SCHEMA a CREATE TABLE b (c int)", nodes: []string{"CreateSchemaStmt schemaElts>0"}},
	{name: "views with a check option", page: knownIssues + "#view-with-check-option-is-not-supported", example: "CREATE VIEW a AS SELECT 1 WITH CHECK OPTION", nodes: []string{"ViewStmt withCheckOption=LOCAL_CHECK_OPTION", "ViewStmt withCheckOption=CASCADED_CHECK_OPTION"}},
	{name: "two-phase commit", page: compatibility, example: "PREPARE TRANSACTION 'a'", nodes: []string{"TransactionStmt kind=TRANS_STMT_PREPARE", "TransactionStmt kind=TRANS_STMT_COMMIT_PREPARED", "TransactionStmt kind=TRANS_STMT_ROLLBACK_PREPARED"}},
	{name: "MERGE", page: knownIssues + "#merge-command", example: "MERGE INTO a USING b ON a.c = b.c WHEN MATCHED THEN DELETE", nodes: []string{"MergeStmt"}},
	{
		name: "XML", page: compatibility, example: "SELECT xpath('/a', b) FROM c", nodes: []string{"XmlExpr", "XmlSerialize"},
		names: map[string][]string{"FuncCall": {"xpath", "xpath_exists", "xml_is_well_formed", "xml_is_well_formed_content"}, "TypeName": {"xml"}},
	},
	{
		name: "large objects", page: knownIssues + "#large-objects-and-its-functions-are-currently-not-supported", example: "SELECT lo_create(0)",
		names: map[string][]string{"FuncCall": {"lo_create", "lo_import", "lo_export", "lo_unlink", "lo_manage", "lo_from_bytea"}, "TypeName": {"lo"}},
	},
	{
		name: "columns of some types", page: knownIssues + "#unsupported-datatypes-by-yugabytedb", example: "CREATE TABLE a (b pg_lsn)",
		names: map[string][]string{"TypeName": {"pg_lsn", "geometry", "geography", "box2d", "box3d", "topogeometry", "raster", "abstime"}},
	},
	{
		name: "SQL/JSON of PostgreSQL 16 and later", page: knownIssues + "#postgresql-12-and-later-features", example: "SELECT a IS JSON FROM b",
		nodes: []string{"JsonIsPredicate", "JsonObjectConstructor", "JsonArrayConstructor", "JsonObjectAgg", "JsonArrayAgg", "JsonFuncExpr", "JsonTable"},
		names: map[string][]string{"FuncCall": {"any_value"}},
	},
}
