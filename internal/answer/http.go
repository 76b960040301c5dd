package answer

import (
	"strconv"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/weftql/weft/internal/cachepolicy"
	"github.com/weftql/weft/internal/operation"
)

// tell sets who may keep the answer to a GET, and whether the client has it
// already. Its tag must be set. A public answer is the same for everyone who is
// not signed in. The caches of signed-in users must ask each time, so that
// users see their own writes.
func (a *Answers) tell(op *operation.Operation, p cachepolicy.Policy, r *operation.Response) {
	if !op.QueriesOnly {
		r.ETag = ""
		return
	}
	if p.Public && op.Caller.Anonymous() && !isPersonal(op) {
		r.Cache = operation.CachePolicy{MaxAge: p.MaxAge, Stale: p.Stale, Public: true}
	} else {
		r.Cache = operation.CachePolicy{Revalidate: true}
	}
	r.NotModified = matches(op.Header["If-None-Match"], r.ETag)
}

// isPersonal reports whether the caller asked for something of its own besides
// the answer: explain, or to see its own writes.
func isPersonal(op *operation.Operation) bool {
	return op.Statements.Keep || len(op.Header["Consistency-Token"]) > 0
}

// tagOf is the weak tag of an answer: it is the same for each coding of the
// answer.
func tagOf(data []byte) string {
	b := append(make([]byte, 0, 32), `W/"`...)
	b = strconv.AppendUint(b, xxhash.Sum64(data), 36)
	b = append(b, '-')
	b = strconv.AppendInt(b, int64(len(data)), 36)
	return string(append(b, '"'))
}

// matches reports whether If-None-Match names a tag, by weak comparison.
func matches(header []string, tag string) bool {
	opaque := strings.TrimPrefix(tag, "W/")
	for _, line := range header {
		for given := range strings.SplitSeq(line, ",") {
			if given = strings.TrimSpace(given); given == "*" || strings.TrimPrefix(given, "W/") == opaque {
				return true
			}
		}
	}
	return false
}

// statusHit is the Cache-Status of an answer that is valid for this much
// longer. If no time is left, the answer is stale.
func statusHit(left time.Duration) string {
	status := "weft; hit; ttl=" + strconv.Itoa(int(left/time.Second))
	if left <= 0 {
		status += "; detail=stale"
	}
	return status
}
