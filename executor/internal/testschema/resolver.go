package testschema

import (
	"context"
	"fmt"
	"strconv"

	"github.com/weftql/weft/executor/internal/testschema/generated"
	"github.com/weftql/weft/executor/internal/testschema/model"
)

// Resolver is the root of the resolvers.
type Resolver struct{}

// size is the length asked for, within reason.
func size(first *int) int {
	if first == nil {
		return 2
	}
	return min(max(*first, 0), 4)
}

// gqlgen hands the holes of a list to batch resolvers as nils.

func userID(u *model.User) string {
	if u == nil {
		return ""
	}
	return u.ID
}

func postID(p *model.Post) string {
	if p == nil {
		return ""
	}
	return p.ID
}

func chainID(c *model.Chain) string {
	if c == nil {
		return ""
	}
	return c.ID
}

func cellID(c *model.Cell) string {
	if c == nil {
		return ""
	}
	return strconv.Itoa(c.X) + "," + strconv.Itoa(c.Y)
}

func tagID(t *model.Tag) string {
	if t == nil {
		return ""
	}
	return t.Label
}

func bagID(bag map[string]any) string {
	if bag == nil {
		return ""
	}
	return fmt.Sprint(bag["label"])
}

func profileID(p *model.Profile) string { return p.User }
func counterID(c *model.Counter) string { return strconv.Itoa(c.Value) }
func tickID(t *model.Tick) string       { return strconv.Itoa(t.N) }

type addressResolver struct{ *Resolver }

// Address implements generated.ResolverRoot.
func (r *Resolver) Address() generated.AddressResolver { return addressResolver{r} }

type boxResolver struct{ *Resolver }

// Box implements generated.ResolverRoot.
func (r *Resolver) Box() generated.BoxResolver { return boxResolver{r} }

type cellResolver struct{ *Resolver }

// Cell implements generated.ResolverRoot.
func (r *Resolver) Cell() generated.CellResolver { return cellResolver{r} }

type chainResolver struct{ *Resolver }

// Chain implements generated.ResolverRoot.
func (r *Resolver) Chain() generated.ChainResolver { return chainResolver{r} }

type counterResolver struct{ *Resolver }

// Counter implements generated.ResolverRoot.
func (r *Resolver) Counter() generated.CounterResolver { return counterResolver{r} }

type mutationResolver struct{ *Resolver }

// Mutation implements generated.ResolverRoot.
func (r *Resolver) Mutation() generated.MutationResolver { return mutationResolver{r} }

type postResolver struct{ *Resolver }

// Post implements generated.ResolverRoot.
func (r *Resolver) Post() generated.PostResolver { return postResolver{r} }

type profileResolver struct{ *Resolver }

// Profile implements generated.ResolverRoot.
func (r *Resolver) Profile() generated.ProfileResolver { return profileResolver{r} }

type queryResolver struct{ *Resolver }

// Query implements generated.ResolverRoot.
func (r *Resolver) Query() generated.QueryResolver { return queryResolver{r} }

type subscriptionResolver struct{ *Resolver }

// Subscription implements generated.ResolverRoot.
func (r *Resolver) Subscription() generated.SubscriptionResolver { return subscriptionResolver{r} }

type tagResolver struct{ *Resolver }

// Tag implements generated.ResolverRoot.
func (r *Resolver) Tag() generated.TagResolver { return tagResolver{r} }

type tickResolver struct{ *Resolver }

// Tick implements generated.ResolverRoot.
func (r *Resolver) Tick() generated.TickResolver { return tickResolver{r} }

type userResolver struct{ *Resolver }

// User implements generated.ResolverRoot.
func (r *Resolver) User() generated.UserResolver { return userResolver{r} }

func (addressResolver) User(ctx context.Context, obj *model.Address) (*model.User, error) {
	return single(ctx, "Address.user", obj.User, func(s Scenario, id string) *model.User { return s.user(id) })
}

func (boxResolver) Owner(ctx context.Context, obj *model.Box) (*model.User, error) {
	return single(ctx, "Box.owner", obj.ID, func(s Scenario, id string) *model.User { return s.user(s.id("user", id, "owner")) })
}

func (boxResolver) Owners(ctx context.Context, obj *model.Box, first *int) ([]*model.User, error) {
	return single(ctx, "Box.owners", obj.ID, func(s Scenario, id string) []*model.User {
		return strict(s, s.ids("user", id, "owners", size(first)), s.user)
	})
}

func (boxResolver) Content(ctx context.Context, obj *model.Box) (model.Thing, error) {
	return single(ctx, "Box.content", obj.ID, func(s Scenario, id string) model.Thing { return s.thing(id) })
}

func (boxResolver) Items(ctx context.Context, obj *model.Box) ([]model.Thing, error) {
	return single(ctx, "Box.items", obj.ID, func(s Scenario, id string) []model.Thing { return objects(s, s.ids("x", id, "items", 3), 4, s.thing) })
}

func (boxResolver) Inner(ctx context.Context, obj *model.Box) (*model.Box, error) {
	return single(ctx, "Box.inner", obj.ID, func(s Scenario, id string) *model.Box { return s.box(s.id("box", id, "inner")) })
}

func (cellResolver) Content(ctx context.Context, objs []*model.Cell) ([]model.Node, error) {
	return batch(ctx, "Cell.content", objs, cellID, func(s Scenario, id string) model.Node {
		return s.node(s.id([]string{"user", "post", "box", "none"}[s.roll(id)%4], id, "content"))
	})
}

func (chainResolver) Next(ctx context.Context, objs []*model.Chain) ([]*model.Chain, error) {
	return batch(ctx, "Chain.next", objs, chainID, func(s Scenario, id string) *model.Chain { return s.chain(id + "n") })
}

func (chainResolver) MaybeNext(ctx context.Context, objs []*model.Chain) ([]*model.Chain, error) {
	return batch(ctx, "Chain.maybeNext", objs, chainID, func(s Scenario, id string) *model.Chain { return s.chain(id + "m") })
}

func (chainResolver) List(ctx context.Context, objs []*model.Chain) ([][]*model.Chain, error) {
	return batch(ctx, "Chain.list", objs, chainID, func(s Scenario, id string) []*model.Chain { return strict(s, []string{id + "a", id + "b"}, s.chain) })
}

func (chainResolver) MaybeList(ctx context.Context, objs []*model.Chain) ([][]*model.Chain, error) {
	return batch(ctx, "Chain.maybeList", objs, chainID, func(s Scenario, id string) []*model.Chain { return strict(s, []string{id + "c", id + "d"}, s.chain) })
}

func (chainResolver) Loose(ctx context.Context, objs []*model.Chain) ([][]*model.Chain, error) {
	return batch(ctx, "Chain.loose", objs, chainID, func(s Scenario, id string) []*model.Chain {
		return objects(s, []string{id + "e", id + "f"}, 3, s.chain)
	})
}

func (chainResolver) User(ctx context.Context, objs []*model.Chain) ([]*model.User, error) {
	return batch(ctx, "Chain.user", objs, chainID, func(s Scenario, id string) *model.User { return s.user(s.id("user", id, "chain")) })
}

func (counterResolver) User(ctx context.Context, objs []*model.Counter) ([]*model.User, error) {
	return batch(ctx, "Counter.user", objs, counterID, func(s Scenario, id string) *model.User { return s.user(s.id("user", id, "counter")) })
}

func (postResolver) Owner(ctx context.Context, objs []*model.Post) ([]*model.User, error) {
	return batch(ctx, "Post.owner", objs, postID, func(s Scenario, id string) *model.User { return s.user(s.id("user", id, "owner")) })
}

func (postResolver) Owners(ctx context.Context, objs []*model.Post, first *int) ([][]*model.User, error) {
	return batch(ctx, "Post.owners", objs, postID, func(s Scenario, id string) []*model.User {
		return strict(s, s.ids("user", id, "owners", size(first)), s.user)
	})
}

func (postResolver) Author(ctx context.Context, objs []*model.Post) ([]*model.User, error) {
	return batch(ctx, "Post.author", objs, postID, func(s Scenario, id string) *model.User { return s.user(s.id("user", id, "author")) })
}

func (postResolver) Parent(ctx context.Context, obj *model.Post) (*model.Post, error) {
	return single(ctx, "Post.parent", obj.ID, func(s Scenario, id string) *model.Post { return s.post(s.id("post", id, "parent")) })
}

func (postResolver) Replies(ctx context.Context, objs []*model.Post, first *int) ([][]*model.Post, error) {
	return batch(ctx, "Post.replies", objs, postID, func(s Scenario, id string) []*model.Post {
		return strict(s, s.ids("post", id, "replies", size(first)), s.post)
	})
}

func (postResolver) Tags(ctx context.Context, objs []*model.Post) ([][]*model.Tag, error) {
	return batch(ctx, "Post.tags", objs, postID, func(s Scenario, id string) []*model.Tag { return strict(s, s.ids("tag", id, "tags", 2), s.tag) })
}

func (postResolver) Rating(ctx context.Context, objs []*model.Post) ([]*float64, error) {
	return batch(ctx, "Post.rating", objs, postID, func(s Scenario, id string) *float64 { return maybe(s, s.float(id, "rating"), id, "rating") })
}

func (profileResolver) Owner(ctx context.Context, objs []*model.Profile) ([]*model.User, error) {
	return batch(ctx, "Profile.owner", objs, profileID, func(s Scenario, id string) *model.User { return s.user(id) })
}

func (tagResolver) Posts(ctx context.Context, objs []*model.Tag, first *int) ([][]*model.Post, error) {
	return batch(ctx, "Tag.posts", objs, tagID, func(s Scenario, id string) []*model.Post {
		return strict(s, s.ids("post", id, "posts", size(first)), s.post)
	})
}

func (tickResolver) User(ctx context.Context, objs []*model.Tick) ([]*model.User, error) {
	return batch(ctx, "Tick.user", objs, tickID, func(s Scenario, id string) *model.User { return s.user(s.id("user", id, "tick")) })
}

func (userResolver) Posts(ctx context.Context, objs []*model.User, first *int, since *model.Date) ([][]*model.Post, error) {
	return batch(ctx, "User.posts", objs, userID, func(s Scenario, id string) []*model.Post {
		return strict(s, s.ids("post", id, "posts", size(first)), s.post)
	})
}

func (userResolver) MaybePosts(ctx context.Context, objs []*model.User, first *int) ([][]*model.Post, error) {
	return batch(ctx, "User.maybePosts", objs, userID, func(s Scenario, id string) []*model.Post {
		return objects(s, s.ids("post", id, "maybePosts", size(first)), 4, s.post)
	})
}

func (userResolver) Best(ctx context.Context, objs []*model.User) ([]*model.Post, error) {
	return batch(ctx, "User.best", objs, userID, func(s Scenario, id string) *model.Post { return s.post(s.id("post", id, "best")) })
}

func (userResolver) Friends(ctx context.Context, objs []*model.User, first int) ([][]*model.User, error) {
	return batch(ctx, "User.friends", objs, userID, func(s Scenario, id string) []*model.User {
		return strict(s, s.ids("user", id, "friends", size(&first)), s.user)
	})
}

func (userResolver) Partner(ctx context.Context, objs []*model.User) ([]*model.User, error) {
	return batch(ctx, "User.partner", objs, userID, func(s Scenario, id string) *model.User { return s.user(s.id("user", id, "partner")) })
}

func (userResolver) Boss(ctx context.Context, objs []*model.User) ([]*model.User, error) {
	return batch(ctx, "User.boss", objs, userID, func(s Scenario, id string) *model.User { return s.user(s.id("user", id, "boss")) })
}

func (userResolver) Score(ctx context.Context, objs []*model.User, scale *int) ([]int, error) {
	return batch(ctx, "User.score", objs, userID, func(s Scenario, id string) int { return int(s.roll(id, "score")%100) * size(scale) })
}

func (userResolver) MaybeScore(ctx context.Context, objs []*model.User) ([]*int, error) {
	return batch(ctx, "User.maybeScore", objs, userID, func(s Scenario, id string) *int { return maybe(s, int(s.roll(id, "score")%100), id, "maybeScore") })
}

func (userResolver) Ranks(ctx context.Context, objs []*model.User) ([][]int, error) {
	return batch(ctx, "User.ranks", objs, userID, func(s Scenario, id string) []int {
		return some(s, 4, func(key string) int { return int(s.roll(key) % 9) }, id, "ranks")
	})
}

func (userResolver) Favorite(ctx context.Context, objs []*model.User) ([]model.Thing, error) {
	return batch(ctx, "User.favorite", objs, userID, func(s Scenario, id string) model.Thing { return s.thing(id) })
}

func (userResolver) Favorites(ctx context.Context, objs []*model.User, first *int) ([][]model.Thing, error) {
	return batch(ctx, "User.favorites", objs, userID, func(s Scenario, id string) []model.Thing {
		return strict(s, s.ids("x", id, "favorites", size(first)), s.thing)
	})
}

func (userResolver) Boxes(ctx context.Context, objs []*model.User) ([][]*model.Box, error) {
	return batch(ctx, "User.boxes", objs, userID, func(s Scenario, id string) []*model.Box { return strict(s, s.ids("box", id, "boxes", 2), s.box) })
}

func (userResolver) GuardedPosts(ctx context.Context, objs []*model.User) ([][]*model.Post, error) {
	return batch(ctx, "User.guardedPosts", objs, userID, func(s Scenario, id string) []*model.Post { return strict(s, s.ids("post", id, "guarded", 2), s.post) })
}

func (userResolver) Manager(ctx context.Context, objs []*model.User) ([]*model.User, error) {
	return batch(ctx, "User.manager", objs, userID, func(s Scenario, id string) *model.User { return s.user(s.id("user", id, "manager")) })
}

func (userResolver) Slow(ctx context.Context, obj *model.User, n *int) (*string, error) {
	return single(ctx, "User.slow", obj.ID, func(s Scenario, id string) *string { return maybe(s, s.word(id, "slow"), id, "slow") })
}

func (userResolver) SlowBox(ctx context.Context, obj *model.User) (*model.Box, error) {
	return single(ctx, "User.slowBox", obj.ID, func(s Scenario, id string) *model.Box { return s.box(s.id("box", id, "slow")) })
}

func (userResolver) Grid(ctx context.Context, objs []*model.User) ([][][]*model.Cell, error) {
	return batch(ctx, "User.grid", objs, userID, func(s Scenario, id string) [][]*model.Cell { return s.grid(id, 2, 2) })
}

func (userResolver) Chain(ctx context.Context, obj *model.User) (*model.Chain, error) {
	return single(ctx, "User.chain", obj.ID, func(s Scenario, id string) *model.Chain { return s.chain(id) })
}

func (userResolver) Friend(ctx context.Context, objs []*model.User) ([]model.Named, error) {
	return batch(ctx, "User.friend", objs, userID, func(s Scenario, id string) model.Named { return s.named(id) })
}

func (userResolver) Page(ctx context.Context, objs []*model.User, first *int) ([]*model.Page, error) {
	return batch(ctx, "User.page", objs, userID, func(s Scenario, id string) *model.Page { return s.page(id, size(first)) })
}

func (queryResolver) Version(ctx context.Context) (string, error) {
	return single(ctx, "Query.version", "query", func(s Scenario, id string) string { return "v1" })
}

func (queryResolver) User(ctx context.Context, userID string) (*model.User, error) {
	return single(ctx, "Query.user", userID, func(s Scenario, id string) *model.User { return s.user(id) })
}

func (queryResolver) StrictUser(ctx context.Context, userID string) (*model.User, error) {
	return single(ctx, "Query.strictUser", userID, func(s Scenario, id string) *model.User { return s.user(id) })
}

func (queryResolver) Users(ctx context.Context, first *int, filter *model.Filter) ([]*model.User, error) {
	return single(ctx, "Query.users", "query", func(s Scenario, id string) []*model.User {
		return strict(s, s.ids("user", id, "users", size(first)), s.user)
	})
}

func (queryResolver) MaybeUsers(ctx context.Context, first int) ([]*model.User, error) {
	return single(ctx, "Query.maybeUsers", "query", func(s Scenario, id string) []*model.User {
		return objects(s, s.ids("user", id, "maybeUsers", size(&first)), 4, s.user)
	})
}

func (queryResolver) Node(ctx context.Context, nodeID string) (model.Node, error) {
	return single(ctx, "Query.node", nodeID, func(s Scenario, id string) model.Node { return s.node(id) })
}

func (queryResolver) Nodes(ctx context.Context, ids []string) ([]model.Node, error) {
	return single(ctx, "Query.nodes", "query", func(s Scenario, id string) []model.Node { return objects(s, ids[:min(len(ids), 5)], 5, s.node) })
}

func (queryResolver) Named(ctx context.Context, first *int) ([]model.Named, error) {
	return single(ctx, "Query.named", "query", func(s Scenario, id string) []model.Named {
		return strict(s, s.ids("x", id, "named", size(first)), s.named)
	})
}

func (queryResolver) Owned(ctx context.Context) ([]model.Owned, error) {
	return single(ctx, "Query.owned", "query", func(s Scenario, id string) []model.Owned { return objects(s, s.ids("x", id, "owned", 3), 5, s.owned) })
}

func (queryResolver) Things(ctx context.Context, first int) ([]model.Thing, error) {
	return single(ctx, "Query.things", "query", func(s Scenario, id string) []model.Thing {
		return strict(s, s.ids("x", id, "things", size(&first)+1), s.thing)
	})
}

func (queryResolver) Thing(ctx context.Context, n int) (model.Thing, error) {
	return single(ctx, "Query.thing", "query", func(s Scenario, id string) model.Thing { return s.thing(strconv.Itoa(n)) })
}

func (queryResolver) Rare(ctx context.Context, n *int) (model.Rare, error) {
	return single(ctx, "Query.rare", "query", func(s Scenario, id string) model.Rare { return s.rare(strconv.Itoa(size(n))) })
}

func (queryResolver) Grid(ctx context.Context, w *int, h *int) ([][]*model.Cell, error) {
	return single(ctx, "Query.grid", "query", func(s Scenario, id string) [][]*model.Cell { return s.grid(id, size(w), size(h)) })
}

func (queryResolver) Cube(ctx context.Context) ([][][]*model.Cell, error) {
	return single(ctx, "Query.cube", "query", func(s Scenario, id string) [][][]*model.Cell {
		return [][][]*model.Cell{s.grid(id, 2, 2), {}, nil, s.grid(id+"2", 1, 3)}
	})
}

func (queryResolver) Chain(ctx context.Context, depth int) (*model.Chain, error) {
	return single(ctx, "Query.chain", "query", func(s Scenario, id string) *model.Chain { return s.chain(strconv.Itoa(depth)) })
}

func (queryResolver) MaybeChain(ctx context.Context) (*model.Chain, error) {
	return single(ctx, "Query.maybeChain", "query", func(s Scenario, id string) *model.Chain { return s.chain("m") })
}

func (queryResolver) Echo(ctx context.Context, color *model.Color, at *model.Date, filter *model.Filter, size *model.Size, any any, text *string, list []int) (*string, error) {
	return single(ctx, "Query.echo", "query", func(s Scenario, id string) *string { return describe(color, at, filter, size, any, text, list) })
}

func (queryResolver) PlainEcho(ctx context.Context, color *model.Color, at *model.Date, filter *model.Filter, text *string) (*string, error) {
	return single(ctx, "Query.plainEcho", "query", func(s Scenario, id string) *string { return describe(color, at, filter, text) })
}

func (queryResolver) Words(ctx context.Context, n *int) ([]string, error) {
	return single(ctx, "Query.words", "query", func(s Scenario, id string) []string {
		return some(s, 5, func(key string) string { return s.word(key) }, id, "words")
	})
}

func (queryResolver) MaybeWords(ctx context.Context, n *int) ([]*string, error) {
	return single(ctx, "Query.maybeWords", "query", func(s Scenario, id string) []*string {
		return some(s, 5, func(key string) *string { return maybe(s, s.word(key), key) }, id, "words")
	})
}

func (queryResolver) Colors(ctx context.Context) ([]model.Color, error) {
	return single(ctx, "Query.colors", "query", func(s Scenario, id string) []model.Color {
		return some(s, 5, func(key string) model.Color { return s.color(key) }, id, "colors")
	})
}

func (queryResolver) Floats(ctx context.Context) ([]*float64, error) {
	return single(ctx, "Query.floats", "query", func(s Scenario, id string) []*float64 {
		return some(s, 5, func(key string) *float64 { return maybe(s, s.float(key), key) }, id, "floats")
	})
}

func (queryResolver) Secret(ctx context.Context) (*string, error) {
	return single(ctx, "Query.secret", "query", func(s Scenario, id string) *string { return maybe(s, "secret", "secret") })
}

func (queryResolver) Me(ctx context.Context) (*model.User, error) {
	return single(ctx, "Query.me", "query", func(s Scenario, id string) *model.User { return s.user(s.id("user", id, "me")) })
}

func (queryResolver) Shout(ctx context.Context) (string, error) {
	return single(ctx, "Query.shout", "query", func(s Scenario, id string) string { return s.word("shout") })
}

func (queryResolver) Page(ctx context.Context, first *int) (*model.Page, error) {
	return single(ctx, "Query.page", "query", func(s Scenario, id string) *model.Page { return s.page(id, size(first)) })
}

func (mutationResolver) Rename(ctx context.Context, user string, name string) (*model.User, error) {
	return single(ctx, "Mutation.rename", user, func(s Scenario, id string) *model.User { return s.renamed(id, name) })
}

func (r mutationResolver) Bump(ctx context.Context, by int) (*model.Counter, error) {
	return single(ctx, "Mutation.bump", strconv.FormatInt(worldOf(ctx).counter.Add(int64(by)), 10), func(_ Scenario, id string) *model.Counter {
		n, _ := strconv.Atoi(id)
		return &model.Counter{Value: n}
	})
}

func (r mutationResolver) TryBump(ctx context.Context, by int) (*model.Counter, error) {
	return r.Bump(ctx, by)
}

// Tally changes the one counter of the operation, and answers with it each time.
func (r mutationResolver) Tally(ctx context.Context, by int) (*model.Counter, error) {
	w := worldOf(ctx)
	w.tally.Value += by
	return &w.tally, nil
}

// stream sends values until it is done or no longer listened to.
func stream[T any](ctx context.Context, values []T) <-chan T {
	events := make(chan T)
	go func() {
		defer close(events)
		for _, v := range values {
			select {
			case events <- v:
			case <-ctx.Done():
				return
			}
		}
	}()
	return events
}

func (subscriptionResolver) Ticks(ctx context.Context, n int) (<-chan *model.Tick, error) {
	ticks := make([]*model.Tick, min(n, 5))
	for i := range ticks {
		if !scenario(ctx).one(4, "tick", strconv.Itoa(i)) {
			ticks[i] = &model.Tick{N: i}
		}
	}
	return stream(ctx, ticks), nil
}

func (subscriptionResolver) People(ctx context.Context, n *int) (<-chan *model.User, error) {
	s := scenario(ctx)
	if s.fault("people") == fails {
		return nil, fails.error("people")
	}
	return stream(ctx, objects(s, s.ids("user", "s", "people", size(n)), 0, s.user)), nil
}

func (subscriptionResolver) Guarded(ctx context.Context) (<-chan *model.User, error) {
	s := scenario(ctx)
	return stream(ctx, objects(s, s.ids("user", "s", "guarded", 2), 3, s.user)), nil
}

func (userResolver) Within(ctx context.Context, objs []*model.User) ([]*model.User, error) {
	return batch(ctx, "User.within", objs, userID, func(s Scenario, id string) *model.User { return s.user(s.id("user", id, "within")) })
}

func (userResolver) WithinOne(ctx context.Context, obj *model.User, n *int) ([]*model.User, error) {
	return single(ctx, "User.withinOne", obj.ID, func(s Scenario, id string) []*model.User {
		return objects(s, s.ids("user", id, "withinOne", 3), 3, s.user)
	})
}

func (userResolver) Where(ctx context.Context, obj *model.User) (*string, error) {
	where := place(ctx)
	return &where, nil
}

func (userResolver) Wheres(ctx context.Context, objs []*model.User) ([][]string, error) {
	all := make([][]string, len(objs))
	for i := range all {
		all[i] = []string{place(ctx)}
	}
	return all, nil
}

func (queryResolver) Scoped(ctx context.Context) (*model.User, error) {
	return single(ctx, "Query.scoped", "scoped", func(s Scenario, id string) *model.User { return s.user(s.id("user", id, "me")) })
}

func (queryResolver) ScopedUsers(ctx context.Context, first *int) ([]*model.User, error) {
	return single(ctx, "Query.scopedUsers", "scopedUsers", func(s Scenario, id string) []*model.User { return strict(s, s.ids("user", id, "scoped", 4), s.user) })
}

type bagResolver struct{ *Resolver }

// Bag implements generated.ResolverRoot.
func (r *Resolver) Bag() generated.BagResolver { return bagResolver{r} }

func (bagResolver) User(ctx context.Context, objs []map[string]any) ([]*model.User, error) {
	return batch(ctx, "Bag.user", objs, bagID, func(s Scenario, id string) *model.User { return s.user(s.id("user", id, "bag")) })
}

func (queryResolver) Bags(ctx context.Context) ([]map[string]any, error) {
	return single(ctx, "Query.bags", "query", func(s Scenario, id string) []map[string]any {
		return objects(s, s.ids("bag", id, "bags", 4), 4, s.bag)
	})
}
