package graph

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/graph/model"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/query"
)

// inputID reads the id of one type from an argument; the error names its path.
func inputID[T any](path string, as func() (T, error)) (T, error) {
	id, err := as()
	if err != nil {
		return id, apperr.BadInput(path, "%s", err.Error())
	}
	return id, nil
}

func pageArgs(first *int, after *string, last *int, before *string) page.Args {
	return page.Args{First: first, After: after, Last: last, Before: before}
}

var postFields = map[model.PostOrderField]page.Field{
	model.PostOrderFieldPublishedAt: page.PublishedAt,
	model.PostOrderFieldCreatedAt:   page.CreatedAt,
	model.PostOrderFieldUpdatedAt:   page.UpdatedAt,
	model.PostOrderFieldScore:       page.Score,
}

// defaultPostOrder is how a list of posts runs when the client says nothing:
// newest first, replies oldest first.
func defaultPostOrder(list query.PostList) page.Order {
	switch {
	case list.Path == query.RepliesOfPost:
		return page.Order{Field: page.PublishedAt}
	case list.OnlyPublished():
		return page.Order{Field: page.PublishedAt, Desc: true}
	default:
		return page.Newest()
	}
}

// postOrder returns how a list of posts runs.
func postOrder(list query.PostList, in *model.PostOrder) (page.Order, error) {
	switch {
	case in == nil:
		return defaultPostOrder(list), nil
	case in.Field == model.PostOrderFieldPublishedAt && !list.OnlyPublished():
		return page.Order{}, apperr.BadInput("orderBy.field", "takes CREATED_AT, UPDATED_AT or SCORE here: not every post of this list was published")
	}
	return page.Order{Field: postFields[in.Field], Desc: in.Direction == model.OrderDirectionDesc}, nil
}

// commentOrder returns how a list of comments runs: those of a post oldest
// first, those of a user newest first, unless the client says otherwise.
func commentOrder(path query.CommentPath, in *model.CommentOrder) page.Order {
	if in == nil {
		return page.Order{Field: page.CreatedAt, Desc: path == query.CommentsOfAuthor}
	}
	field := page.CreatedAt
	if in.Field == model.CommentOrderFieldUpdatedAt {
		field = page.UpdatedAt
	}
	return page.Order{Field: field, Desc: in.Direction == model.OrderDirectionDesc}
}

func userOrder(in *model.UserOrder) page.Order {
	if in == nil {
		return page.Newest()
	}
	field := page.CreatedAt
	if in.Field == model.UserOrderFieldUsername {
		field = page.Username
	}
	return page.Order{Field: field, Desc: in.Direction == model.OrderDirectionDesc}
}

var statuses = map[post.Status]query.Statuses{
	post.StatusDRAFT: query.Draft, post.StatusPUBLISHED: query.Published, post.StatusARCHIVED: query.Archived,
}

// postList returns the list that starts at path and holds what the filter
// lets through.
func postList(path query.PostPath, in *model.PostFilter) (query.PostList, error) {
	list := query.PostList{Path: path}
	if in == nil {
		return list, nil
	}
	if sent := len(in.Tags.Value()); sent > query.MaxFilterTags {
		return list, apperr.BadInput("filter.tags", "takes at most %d tags, not %d", query.MaxFilterTags, sent)
	}
	var faults apperr.Faults
	for _, s := range in.Status.Value() {
		list.Statuses |= statuses[s]
	}
	if in.Status.IsSet() && in.Status.Value() != nil && list.Statuses == 0 {
		faults.Add("filter.status", "takes at least one state")
	}
	if id := in.AuthorID.Value(); id != nil {
		author, err := id.User()
		if err != nil {
			faults.Add("filter.authorId", "%s", err.Error())
		}
		list.Author = author
	}
	names := slices.Clone(in.Tags.Value())
	for i := range names {
		names[i] = strings.ToLower(strings.TrimSpace(names[i]))
		if fault := lookup(names[i]); fault != "" {
			faults.Add(fmt.Sprintf("filter.tags.%d", i), "%s", fault)
		}
	}
	slices.Sort(names)
	copy(list.Tags[:], slices.Compact(names))
	list.IncludeReplies = isTrue(in.IncludeReplies)
	list.CreatedFrom, list.CreatedBefore = moment(in.CreatedFrom), moment(in.CreatedBefore)
	list.PublishedFrom, list.PublishedBefore = moment(in.PublishedFrom), moment(in.PublishedBefore)
	return list, faults.Err()
}

func isTrue(in graphql.Omittable[*bool]) bool { return in.Value() != nil && *in.Value() }

func moment(in graphql.Omittable[*time.Time]) time.Time {
	if in.Value() == nil {
		return time.Time{}
	}
	return *in.Value()
}

// maxLookup is how many bytes of text a row is looked up by; no name is
// longer.
const maxLookup = 256

// lookup tells what keeps a text from being looked up in a store, "" for
// nothing.
func lookup(s string) string {
	switch {
	case s == "":
		return "is empty"
	case len(s) > maxLookup:
		return fmt.Sprintf("takes at most %d bytes, not %d", maxLookup, len(s))
	case strings.ContainsRune(s, 0):
		return "holds a NUL character"
	}
	return ""
}

func checkLookup(path, s string) error {
	if fault := lookup(s); fault != "" {
		return apperr.BadInput(path, "%s", fault)
	}
	return nil
}
