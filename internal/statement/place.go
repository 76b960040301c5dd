package statement

import (
	"context"
	"slices"
)

// Place is where in an operation something was asked for.
type Place struct {
	Path  string // response names, joined with dots
	Level int    // how many resolvers are above
}

type placesKey struct{}

// At returns a context whose statements were asked for at all of these places.
func At(ctx context.Context, places []Place) context.Context {
	if len(places) == 0 {
		return ctx
	}
	return context.WithValue(ctx, placesKey{}, places)
}

// Where returns the level and the paths of what is asked with ctx. Of several
// levels, which gqlgen's executor may join, it returns the first.
func (r *Recorder) Where(ctx context.Context) (level int, paths []string) {
	if r == nil || !r.Keep {
		return 0, nil
	}
	places, _ := ctx.Value(placesKey{}).([]Place)
	if places == nil && r.Place != nil {
		if place, ok := r.Place(ctx); ok {
			return place.Level, []string{place.Path}
		}
	}
	for i, place := range places {
		if i == 0 || place.Level < level {
			level = place.Level
		}
		paths = append(paths, place.Path)
	}
	slices.Sort(paths)
	return level, slices.Compact(paths)
}
