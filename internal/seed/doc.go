// Package seed fills a store with made-up users, posts, comments and tags, for
// people who explore and for measurements.
//
// Every row is a function of the options and its own number: nothing is kept
// between rows, so any amount takes the same memory, several processors can
// work at once, and the same options always give the same rows, ids included.
// Only integers are used, since floating point differs between processors.
//
// The amounts are skewed as on real sites: few people write most posts, few
// posts get most comments, few tags are on most posts, and activity comes in
// bursts.
package seed
