package content

import (
	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/typeid"
)

// The rules about who may change what. The mutations enforce them, and the
// viewerCan… fields answer them.

// MayChangePost reports whether v may update, archive, file and delete a post
// of this author that v may see.
func MayChangePost(v auth.Viewer, author typeid.User) bool {
	return writes(v) && (author == v.ID || v.Moderates())
}

// MayUpdateComment reports whether v may update a comment of this author that
// v may see.
func MayUpdateComment(v auth.Viewer, author typeid.User) bool {
	return writes(v) && author == v.ID
}

// MayDeleteComment reports whether v may delete a comment of this author that
// v may see.
func MayDeleteComment(v auth.Viewer, author typeid.User) bool {
	return writes(v) && (author == v.ID || v.Moderates())
}

// writes reports whether v shows a credential that allows changes of content,
// as the mutations' @requiresScopes asks.
func writes(v auth.Viewer) bool { return !v.Anonymous() && v.Scopes.Has(auth.ScopeWrite) }
