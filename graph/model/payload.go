package model

import "github.com/weftql/weft/ent/typeid"

// DeleteCommentPayload is the comment that was deleted.
type DeleteCommentPayload struct {
	DeletedCommentID typeid.Any
	PostID           typeid.Post // that it was on
}
