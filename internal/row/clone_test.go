package row_test

import (
	"testing"
	"time"

	"github.com/weftql/weft/internal/row"
)

func TestClone(t *testing.T) {
	type kind string
	type record struct {
		Name  string
		Kind  kind
		Title *string
		At    *time.Time
		None  *string
		own   int
	}
	title, at := "title", time.Now()
	v := &record{Name: "name", Kind: "kind", Title: &title, At: &at, own: 3}
	got, bytes := row.Clone(v)
	if got.Name != "name" || got.Kind != "kind" || *got.Title != "title" || !got.At.Equal(at) || got.None != nil || got.own != 3 {
		t.Errorf("got %+v", got)
	}
	if got.Title == v.Title || got.At == v.At {
		t.Error("the copy shares memory")
	}
	if bytes < 100 || bytes > 300 {
		t.Errorf("it takes %d bytes", bytes)
	}
}
