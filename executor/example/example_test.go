package example_test

import (
	"context"
	"fmt"
	"os"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/executor/example"
)

// The schema works wherever a gqlgen schema does: handler.New(example.NewSchema(os.Stderr)) serves it over HTTP. Here the operation runs
// without a transport. A query cache keeps parsed operations, and so their plans; a server needs one that is bounded.
func Example() {
	server := executor.New(example.NewSchema(os.Stdout))
	server.SetQueryCache(graphql.MapCache[*ast.QueryDocument]{})

	ctx := graphql.StartOperationTrace(context.Background())
	operation, errs := server.CreateOperationContext(ctx, &graphql.RawParams{
		Query: `{ books { title author { name books { title similar { title } } } } }`,
	})
	if errs != nil {
		fmt.Println(errs)
		return
	}
	next, ctx := server.DispatchOperation(ctx, operation)
	fmt.Printf("%s\n", next(ctx).Data)

	// Output:
	// books.author: authors of 3 books
	// books.author.books: books of 3 authors
	// books.author.books.similar: books like 5 books
	// {"books":[{"title":"Frankenstein","author":{"name":"Mary Shelley","books":[{"title":"Frankenstein","similar":[{"title":"The Last Man"}]},{"title":"The Last Man","similar":[{"title":"Frankenstein"}]}]}},{"title":"The Last Man","author":{"name":"Mary Shelley","books":[{"title":"Frankenstein","similar":[{"title":"The Last Man"}]},{"title":"The Last Man","similar":[{"title":"Frankenstein"}]}]}},{"title":"Middlemarch","author":{"name":"George Eliot","books":[{"title":"Middlemarch","similar":[]}]}}]}
}
