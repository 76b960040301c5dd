// Package stackexchange imports a site's dump as Stack Exchange publishes it:
// Users, Posts, Comments, Tags and Votes, as .xml or .xml.gz.
//
// Questions become posts, answers replies, comments comments. Files are read
// as streams and rows written in batches, so memory does not grow with the
// site. Ids are computed from the dump's (see id.go), hence importing twice is
// the same as once, and a newer dump updates what an older one brought.
//
// It does not unpack .7z archives, and it deletes nothing: what a newer dump
// no longer holds stays.
package stackexchange
