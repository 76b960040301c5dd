package graph

import (
	"context"

	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/internal/query"
)

// Which columns the fields of a type are made of. A field that is not here
// needs none but the id: a test holds the maps against the schema.
var (
	userColumns = columnsOf{
		"username": table.UserUsername, "name": table.UserName, "bio": table.UserBio,
		"avatarUrl": table.UserAvatarURL, "email": table.UserEmail, "role": table.UserRole,
		"createdAt": table.UserCreatedAt, "updatedAt": table.UserUpdatedAt,
	}
	postColumns = columnsOf{
		"title": table.PostTitle, "body": table.PostBody, "bodyFormat": table.PostBodyFormat,
		"bodyHtml": table.PostBody | table.PostBodyFormat, "excerpt": table.PostExcerpt,
		"status": table.PostStatus, "publishedAt": table.PostPublishedAt, "createdAt": table.PostCreatedAt,
		"updatedAt": table.PostUpdatedAt, "score": table.PostScore,
		"viewerCanUpdate": table.PostAuthorID, "viewerCanDelete": table.PostAuthorID,
		"author": table.PostAuthorID, "parent": table.PostParentID,
	}
	commentColumns = columnsOf{
		"body": table.CommentBody, "createdAt": table.CommentCreatedAt, "updatedAt": table.CommentUpdatedAt,
		"viewerCanUpdate": table.CommentAuthorID, "viewerCanDelete": table.CommentAuthorID,
		"author": table.CommentAuthorID, "post": table.CommentPostID,
	}
	tagColumns = columnsOf{"name": table.TagName}
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
