// Package feed tells every instance, in the order of the commits, what
// transactions changed: the change feed.
//
// Each write says in the database's log what it changed (Announcer, Encode), in
// the same round trip as its COMMIT. A Feed reads the log and calls its
// subscribers. On PostgreSQL it reads messages through a temporary logical slot
// of its own (protocol version 2 of pgoutput, streaming on); writes of other
// programs announce their tables by triggers. On SQLite, whose one process
// writes most of what there is, it hears of its own commits directly, and looks
// for those of other processes.
//
// A feed that is cut says so, and what happened meanwhile is not told: a
// subscriber then takes everything for changed, from Cut until Whole. What a
// position says about what a read saw is in docs/replicas.md.
package feed
