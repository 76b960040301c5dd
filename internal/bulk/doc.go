// Package bulk writes many users, posts, comments and tags at once, on both
// stores, with every derived column as the mutations set it. A row whose id is
// there already is updated.
//
// It is for imports and made-up data. It asks nobody for permission, checks no
// length and starts no job: that is internal/content's, which serves people.
package bulk
