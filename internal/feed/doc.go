// Package feed is the change feed: it tells every instance what transactions
// changed, in the order of their commits.
//
// Each write says in the database's log what it changed (Announce, Encode), in
// the same round trip as its COMMIT. A Feed reads the log and calls its
// subscribers. On PostgreSQL it reads messages through a temporary logical slot
// of its own (protocol version 2 of pgoutput, streaming on); triggers announce
// the tables that other programs write. On SQLite, where one process makes most
// of the writes, it hears of that process's own commits directly, and checks
// for those of other processes.
//
// A feed that is cut says so, and does not report what happens meanwhile: from
// Cut until Whole a subscriber must assume that everything has changed. What a
// position says about what a read saw is in docs/replicas.md.
package feed
