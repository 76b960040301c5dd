// Package example is a gqlgen server that was moved to breadth-first execution in two steps: generate/main.go runs gqlgen with the
// executor's plugin, and NewSchema calls generated.NewBreadthFirstSchema instead of generated.NewExecutableSchema. The resolvers stay as
// they are; those that gqlgen's batch option calls with all objects of a list are now called with all objects of a level.
package example

import (
	"context"
	"fmt"
	"io"

	"github.com/99designs/gqlgen/graphql"

	"github.com/weftql/weft/executor/example/generated"
	"github.com/weftql/weft/executor/example/library"
)

//go:generate go run ./generate

// NewSchema has the one line that changes. Each call of a batch resolver is written to log.
func NewSchema(log io.Writer) graphql.ExecutableSchema {
	return generated.NewBreadthFirstSchema(generated.Config{Resolvers: &resolver{log}})
}

type resolver struct{ log io.Writer }

func (r *resolver) Query() generated.QueryResolver   { return queryResolver{r} }
func (r *resolver) Book() generated.BookResolver     { return bookResolver{r} }
func (r *resolver) Author() generated.AuthorResolver { return authorResolver{r} }

type (
	queryResolver  struct{ *resolver }
	bookResolver   struct{ *resolver }
	authorResolver struct{ *resolver }
)

// Books is the resolver for the books field.
func (queryResolver) Books(_ context.Context, first int) ([]*library.Book, error) {
	return library.Shelf[:min(max(first, 0), len(library.Shelf))], nil
}

// Author is the resolver for the author field. In a real server it would run one statement.
func (r bookResolver) Author(ctx context.Context, objs []*library.Book) ([]*library.Author, error) {
	fmt.Fprintf(r.log, "%s: authors of %d books\n", graphql.GetPath(ctx), len(objs))
	authors := make([]*library.Author, len(objs))
	for i, book := range objs {
		authors[i] = library.Authors[book.AuthorID]
	}
	return authors, nil
}

// Similar is the resolver for the similar field.
func (r bookResolver) Similar(ctx context.Context, objs []*library.Book, first int) ([][]*library.Book, error) {
	fmt.Fprintf(r.log, "%s: books like %d books\n", graphql.GetPath(ctx), len(objs))
	similar := make([][]*library.Book, len(objs))
	for i, book := range objs {
		for _, other := range library.Shelf {
			if other != book && other.AuthorID == book.AuthorID && len(similar[i]) < first {
				similar[i] = append(similar[i], other)
			}
		}
	}
	return similar, nil
}

// Books is the resolver for the books field of an author.
func (r authorResolver) Books(ctx context.Context, objs []*library.Author) ([][]*library.Book, error) {
	fmt.Fprintf(r.log, "%s: books of %d authors\n", graphql.GetPath(ctx), len(objs))
	books := make([][]*library.Book, len(objs))
	for i, author := range objs {
		for _, book := range library.Shelf {
			if book.AuthorID == author.ID {
				books[i] = append(books[i], book)
			}
		}
	}
	return books, nil
}
