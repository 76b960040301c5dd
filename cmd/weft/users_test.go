package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/weftql/weft/ent"
)

// TestUsersGrant makes an administrator by the command line.
func TestUsersGrant(t *testing.T) {
	environ := []string{"WEFT_DATA_DIR=" + t.TempDir()}
	c, db := opened(t, environ...)
	if _, err := upToDate(t.Context(), c, db); err != nil {
		t.Fatal(err)
	}
	err := db.WithTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		return tx.User.Create().SetUsername("Ada").SetUsernameKey("ada").Exec(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"users", "grant", "admin", "ada"}, 0, "Ada has the role ADMIN"},
		{[]string{"users", "grant", "ADMIN", "bob"}, 1, `there is no user "bob"`},
		{[]string{"users", "grant", "KING", "ada"}, 2, "USER, MODERATOR, ADMIN"},
		{[]string{"users", "grant", "ADMIN"}, 2, "want 3 arguments"},
	} {
		var out bytes.Buffer
		if code := run(t.Context(), tt.args, environ, &out, &out); code != tt.code || !strings.Contains(out.String(), tt.want) {
			t.Errorf("%v: exit %d, %s", tt.args, code, out.String())
		}
	}
	if u := db.Client().User.Query().OnlyX(t.Context()); u.Role != "ADMIN" {
		t.Errorf("the role is %s", u.Role)
	}
}
