// Package cache decides what may be kept of what was read, and how long it may
// be served.
//
// Changes hears of every change from the change feed and remembers, for each
// key of package depend, where in the log its last change is. A cached answer
// is valid as long as none of its keys has changed since. So nothing is ever
// purged, and an instance that hears of a change needs to know no answer.
//
// An answer is kept only if it was read from data that had all the known
// changes: see Start. A change that was reported was not necessarily seen by a
// read; docs/caching.md says why.
package cache
