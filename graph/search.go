package graph

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/weftql/weft/graph/loader"
	"github.com/weftql/weft/graph/model"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/query"
)

// maxSearch is how many characters a search takes.
const maxSearch = 200

// search returns a page of what a search finds.
func search(ctx context.Context, text string, in model.SearchType, args page.Args) (*model.SearchConnection, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n < 1 || n > maxSearch {
		return nil, apperr.BadInput("query", "takes 1 to %d characters, not %d", maxSearch, n)
	}
	if strings.ContainsRune(text, 0) {
		return nil, apperr.BadInput("query", "holds a NUL character")
	}
	c := &model.SearchConnection{Of: page.List{Name: "Query.search." + in.String() + " " + text}, Type: in, Prefix: text, Order: page.Order{Field: page.Name}}
	switch in {
	case model.SearchTypePost:
		var err error
		if c.Text, err = query.ParseSearch(text); err != nil {
			return nil, apperr.BadInput("query", "%s", err.Error())
		}
		c.Order = page.Order{Field: page.Rank, Desc: true}
	case model.SearchTypeUser:
		c.Order.Field = page.Username
	}
	p, err := args.Parse(c.Of, c.Order)
	if err != nil {
		return nil, err
	}
	return c, fill(ctx, c, p)
}

// fill reads the page.
func fill(ctx context.Context, c *model.SearchConnection, p page.Page) error {
	l := loader.FromContext(ctx)
	switch c.Type {
	case model.SearchTypeUser:
		want := wants(ctx, query.Users)
		if !want.rows {
			return nil
		}
		found, err := loader.Page(ctx, query.UserList{Prefix: c.Prefix}, p, want.columns)
		c.Info = found.Info
		for _, u := range found.Rows {
			c.Nodes = append(c.Nodes, u)
			c.Positions = append(c.Positions, query.UserList{}.Position(p.Order, u))
		}
		return err
	case model.SearchTypeTag:
		want := wants(ctx, query.Tags)
		if !want.rows {
			return nil
		}
		found, err := loader.Page(ctx, query.TagList{Prefix: c.Prefix}, p, want.columns)
		c.Info = found.Info
		for _, t := range found.Rows {
			c.Nodes = append(c.Nodes, t)
			c.Positions = append(c.Positions, query.TagList{}.Position(p.Order, t))
		}
		return err
	default:
		want := wants(ctx, query.Posts)
		if !want.rows {
			return nil
		}
		found, info, err := l.Search(ctx, c.Text, p, want.columns)
		c.Info = info
		for _, m := range found {
			c.Nodes = append(c.Nodes, m.Post)
			c.Positions = append(c.Positions, query.MatchPosition(m))
		}
		return err
	}
}

// searchCount returns how many results the whole list holds.
func searchCount(ctx context.Context, c *model.SearchConnection) (int, error) {
	if c.Info.Counted {
		return c.Info.Total, nil
	}
	switch c.Type {
	case model.SearchTypeUser:
		return loader.Count(ctx, query.UserList{Prefix: c.Prefix})
	case model.SearchTypeTag:
		return loader.Count(ctx, query.TagList{Prefix: c.Prefix})
	default:
		return loader.FromContext(ctx).SearchCount(ctx, c.Text)
	}
}
