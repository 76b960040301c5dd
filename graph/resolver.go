// Package graph answers the GraphQL schema: a resolver checks what is asked,
// and makes one call, to the loaders for what is read or to internal/content
// and internal/account for what is changed. It writes no SQL and knows no HTTP.
package graph

import (
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/content"
)

// Resolver is what the resolvers share.
type Resolver struct {
	content  *content.Content
	accounts *account.Accounts
}
