// Package persisted is where documents are named instead of sent: by their
// hash, as Apollo's automatic persisted queries are, or by an id. This server
// keeps none, and says so in the words at which clients send the document.
package persisted

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/operation"
)

// Off is the step that refuses operations that name their document and do not
// send it, and those whose hash is not the document's. It stands before the
// step that reads the document.
var Off = operation.Check(func(_ context.Context, op *operation.Operation) *operation.Response {
	if fault := check(op); fault != nil {
		return operation.Refuse(fault)
	}
	return nil
})

func check(op *operation.Operation) *gqlerror.Error {
	if sent, ok := op.Extensions["persistedQuery"]; ok && sent != nil {
		named, _ := sent.(map[string]any)
		if named["version"] != int64(1) || !isHash(op.Hash()) {
			return operation.Errorf(apperr.BadUserInput,
				"extensions.persistedQuery takes version 1 and sha256Hash, 64 hexadecimal digits")
		}
	}
	switch {
	case op.Query == "":
		// The very words that clients look for.
		return operation.Errorf(apperr.PersistedQueryNotSupported, "PersistedQueryNotSupported")
	case op.Hash() != "" && !strings.EqualFold(op.Hash(), hashOf(op.Query)):
		return operation.Errorf(apperr.PersistedQueryHashMismatch, "the hash is not that of the document: send its SHA-256")
	}
	return nil
}

func isHash(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil && len(s) == 2*sha256.Size
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
