package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/weftql/weft/internal/dbtest"
)

func TestDoctor(t *testing.T) {
	cluster := dbtest.Private(t)
	link := cluster.NewDatabase(t)
	standby := cluster.Standbys(t, 1)[0]
	name := dbtest.NameOf(link)
	other := dbtest.Private(t)
	examine := func(environ ...string) (int, string) {
		t.Helper()
		var out bytes.Buffer
		code := run(t.Context(), []string{"doctor"}, append(environ, "WEFT_DATABASE_URL="+link), &out, &out)
		return code, out.String()
	}
	replicas := "WEFT_DATABASE_REPLICA_URLS=" + standby.URL(name)
	code, out := examine(replicas)
	for _, want := range []string{", primary\n", ", standby\n", "behind at most", "synchronous_standby_names", "hot_standby_feedback = on", "max_slot_wal_keep_size", "migrations are pending"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing:\n%s", want, out)
		}
	}
	if code != 0 {
		t.Errorf("exit %d:\n%s", code, out)
	}

	if code, out = examine(replicas + "," + other.URL("postgres")); code != 1 || !strings.Contains(out, "belongs to another cluster") {
		t.Errorf("with a server of another cluster: exit %d:\n%s", code, out)
	}
	cluster.Exec(t, "ALTER DATABASE "+name+" OWNER TO postgres")
	if code, out = examine(replicas); code != 0 || !strings.Contains(out, "GRANT CREATE ON DATABASE") {
		t.Errorf("without the right to make a publication: exit %d:\n%s", code, out)
	}
	cluster.Exec(t, "REVOKE pg_read_all_stats FROM weft")
	for range 100 { // until the standby has heard of it
		if code, out = examine(replicas); code == 1 {
			break
		}
	}
	if code != 1 || !strings.Contains(out, "GRANT pg_read_all_stats") {
		t.Errorf("without the right: exit %d:\n%s", code, out)
	}
	standby.Kill(t)
	if code, out = examine(replicas); code != 1 || !strings.Contains(out, "does not answer") {
		t.Errorf("without the standby: exit %d:\n%s", code, out)
	}
	var none bytes.Buffer
	if code := run(t.Context(), []string{"doctor"}, []string{"WEFT_DATA_DIR=" + t.TempDir()}, &none, &none); code != 0 {
		t.Errorf("on SQLite: exit %d: %s", code, none.String())
	}
}
