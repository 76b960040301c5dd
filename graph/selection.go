package graph

import (
	"context"

	"github.com/weftql/weft/executor"
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
		"viewerCanUpdate": query.PostAuthorID, "viewerCanDelete": query.PostAuthorID,
		"author": query.PostAuthorID, "parent": query.PostParentID,
	}
	commentColumns = columnsOf{
		"body": query.CommentBody, "createdAt": query.CommentCreatedAt, "updatedAt": query.CommentUpdatedAt,
		"viewerCanUpdate": query.CommentAuthorID, "viewerCanDelete": query.CommentAuthorID,
		"author": query.CommentAuthorID, "post": query.CommentPostID,
	}
	tagColumns = columnsOf{"name": query.TagName}
)

// columnsOf maps the fields of a type to columns.
type columnsOf map[string]query.Columns

// selected returns the columns that the current field's selection needs of the
// objects of one type.
func (m columnsOf) selected(ctx context.Context, typeName string) query.Columns {
	return executor.Memo(executor.FieldFromContext(ctx), columnsKey(typeName), func(f *executor.Field) query.Columns {
		return m.of(f, typeName)
	})
}

// columnsKey is what the columns of a type are remembered by.
type columnsKey string

func (m columnsOf) of(f *executor.Field, typeName string, paths ...string) query.Columns {
	var columns query.Columns
	for child := range f.Fields(typeName, paths...) {
		columns |= m[child.Name()]
	}
	return columns
}

// wanted is what the selection on a connection needs.
type wanted struct {
	rows    bool // whether the page is read at all: not for totalCount alone
	columns query.Columns
}

// wantedKey is what the needs of a connection are remembered by.
type wantedKey string

// connection returns what the selection of the current field, a connection,
// needs of the objects of one type.
func (m columnsOf) connection(ctx context.Context, typeName string) wanted {
	return executor.Memo(executor.FieldFromContext(ctx), wantedKey(typeName), func(f *executor.Field) wanted {
		return wanted{
			rows:    f.Selects("nodes", "edges", "pageInfo"),
			columns: m.of(f, typeName, "nodes", "edges.node"),
		}
	})
}
