package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/query"
)

// Which columns the fields of a type are made of. A field that is not here
// needs none but the id: a test holds the maps against the schema.
var (
	userColumns = columnsOf{
		"username": query.UserUsername, "name": query.UserName, "bio": query.UserBio,
		"avatarUrl": query.UserAvatarURL, "email": query.UserEmail, "role": query.UserRole,
		"createdAt": query.UserCreatedAt, "updatedAt": query.UserUpdatedAt,
	}
	postColumns = columnsOf{
		"title": query.PostTitle, "body": query.PostBody, "bodyFormat": query.PostBodyFormat,
		"bodyHtml": query.PostBody | query.PostBodyFormat, "excerpt": query.PostExcerpt,
		"status": query.PostStatus, "publishedAt": query.PostPublishedAt, "createdAt": query.PostCreatedAt,
		"updatedAt": query.PostUpdatedAt, "score": query.PostScore,
		"author": query.PostAuthorID, "parent": query.PostParentID,
	}
	commentColumns = columnsOf{
		"body": query.CommentBody, "createdAt": query.CommentCreatedAt, "updatedAt": query.CommentUpdatedAt,
		"author": query.CommentAuthorID, "post": query.CommentPostID,
	}
	tagColumns = columnsOf{"name": query.TagName}
)

// columnsOf maps the fields of a type to columns.
type columnsOf map[string]query.Columns

// selected returns the columns that the current field's selection needs of the
// objects of one type.
func (m columnsOf) selected(ctx context.Context, typeName string) query.Columns {
	return m.in(graphql.GetOperationContext(ctx), graphql.GetFieldContext(ctx).Field.Selections, typeName)
}

func (m columnsOf) in(op *graphql.OperationContext, set ast.SelectionSet, typeName string) query.Columns {
	var columns query.Columns
	for _, f := range graphql.CollectFields(op, set, []string{typeName, "Node", "SearchResult"}) {
		columns |= m[f.Name]
	}
	return columns
}

// wanted is what the selection on a connection needs.
type wanted struct {
	rows    bool // whether the page is read at all: not for totalCount alone
	columns query.Columns
}

// connection returns what the selection of the current field, a connection,
// needs of the objects of one type.
func (m columnsOf) connection(ctx context.Context, typeName string) wanted {
	op := graphql.GetOperationContext(ctx)
	var w wanted
	for _, f := range graphql.CollectFields(op, graphql.GetFieldContext(ctx).Field.Selections, []string{connectionType(ctx)}) {
		switch f.Name {
		case "nodes":
			w.rows = true
			w.columns |= m.in(op, f.Selections, typeName)
		case "edges":
			w.rows = true
			for _, e := range graphql.CollectFields(op, f.Selections, []string{f.Definition.Type.Elem.Name()}) {
				if e.Name == "node" {
					w.columns |= m.in(op, e.Selections, typeName)
				}
			}
		case "pageInfo":
			w.rows = true
		}
	}
	return w
}

func connectionType(ctx context.Context) string {
	return graphql.GetFieldContext(ctx).Field.Definition.Type.Name()
}
