// Package cache decides what may be kept of what was read, and for how long it
// may be served.
//
// Changes hears of every change from the change feed and remembers, for each key
// of package depend, the place in the log of the last one. An answer that was
// kept is good while none of its keys has changed since; so nothing is ever
// purged, and an instance that hears of a change needs to know no answer.
//
// An answer is kept only if what it was read from had all of the changes that
// are known: see Start. That a change was told does not mean that a read saw it;
// docs/caching.md says why.
package cache
