// Package weft is the module of Weft, a GraphQL API server for users and
// their posts. The program is cmd/weft; README.md has the map of the folders.
package weft
