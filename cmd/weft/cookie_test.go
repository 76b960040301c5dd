package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/auth"
)

// TestCookies goes through a session as a browser does that obeys cookies.
func TestCookies(t *testing.T) {
	s, who := started(t, "WEFT_COOKIES=on")
	listening := httptest.NewTLSServer(s) // __Host- cookies want TLS
	defer listening.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := listening.Client()
	client.Jar = jar
	send := func(query string, header http.Header) (*http.Response, string) {
		t.Helper()
		body, err := json.Marshal(map[string]string{"query": query})
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, listening.URL+"/graphql", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		maps.Copy(r.Header, header)
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var text bytes.Buffer
		if _, err := text.ReadFrom(response.Body); err != nil {
			t.Fatal(err)
		}
		return response, text.String()
	}
	const me = `{ viewer { username } }`
	wantViewer := func(when, want string) {
		t.Helper()
		if _, got := send(me, nil); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
	}
	wantViewer("before", `{"viewer":null}`)
	response, _ := send(signUpAda, nil)
	set := response.Header["Set-Cookie"]
	if len(set) != 2 {
		t.Fatalf("signing up sets %q", set)
	}
	for _, cookie := range set {
		for _, part := range []string{"__Host-weft-", "Path=/", "Secure", "HttpOnly", "SameSite=Strict"} {
			if !strings.Contains(cookie, part) || strings.Contains(cookie, "Domain") {
				t.Errorf("%q lacks %s", cookie, part)
			}
		}
	}
	wantViewer("signed up", `"ada"`)
	for name, header := range map[string]http.Header{
		"another site":   {"Sec-Fetch-Site": {"cross-site"}},
		"another origin": {"Origin": {"https://evil.example"}},
	} {
		if _, got := send(me, header); !strings.Contains(got, `{"viewer":null}`) {
			t.Errorf("a page of %s uses the session: %s", name, got)
		}
		if _, got := send(`mutation { refreshToken(input: {refreshToken: ""}) { accessToken } }`, header); !strings.Contains(got, "UNAUTHENTICATED") {
			t.Errorf("a page of %s trades the token: %s", name, got)
		}
	}
	if _, got := send(`mutation { refreshToken(input: {refreshToken: ""}) { user { username } } }`, nil); !strings.Contains(got, `"ada"`) {
		t.Errorf("refresh by cookie: %s", got)
	}
	wantViewer("refreshed", `"ada"`)
	if _, got := send(`mutation { signOut(input: {}) { endedSessions } }`, nil); !strings.Contains(got, ":1") {
		t.Errorf("sign out: %s", got)
	}
	wantViewer("signed out", `{"viewer":null}`)

	// A session that ended elsewhere is refused once, and its cookie goes.
	send(`mutation { signIn(input: {login: "ada", password: "correct horse battery"}) { user { id } } }`, nil)
	wantViewer("signed in", `"ada"`)
	var in struct{ SignIn struct{ AccessToken string } }
	post(t, s, "", `mutation { signIn(input: {login: "ada", password: "correct horse battery"}) { accessToken } }`, &in)
	v, err := who.bearer.Verify(t.Context(), in.SignIn.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := who.accounts.SignOut(auth.NewContext(t.Context(), v), true); err != nil {
		t.Fatal(err)
	}
	if response, _ := send(me, nil); response.StatusCode != http.StatusUnauthorized {
		t.Errorf("a revoked session: %d", response.StatusCode)
	}
	wantViewer("after the refusal", `{"viewer":null}`)
}

// goodPage signs up, and asks again after a page of another site has tried to use
// the session. It reports what it saw to the test.
const goodPage = `<!doctype html><title>x</title><script>
const gql = async query => JSON.stringify((await (await fetch('/graphql', {method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify({query})})).json()).data)
const attack = () => new Promise(done => {
	onmessage = e => done(e.data)
	const frame = document.createElement('iframe')
	frame.src = 'http://127.0.0.1:PORT/evil'
	document.body.append(frame)
});
(async () => {
	const saw = {}
	saw.up = await gql('mutation { signUp(input: {username: "ada", email: "ada@example.org", password: "correct horse battery"}) { user { username } } }')
	saw.me = await gql('{ viewer { name } }')
	saw.script = document.cookie
	saw.attack = await attack()
	saw.after = await gql('{ viewer { name } }')
	saw.refresh = await gql('mutation { refreshToken(input: {refreshToken: ""}) { user { username } } }')
	saw.out = await gql('mutation { signOut(input: {}) { endedSessions } }')
	saw.end = await gql('{ viewer { name } }')
	await fetch('/saw', {method: 'POST', body: JSON.stringify(saw)})
})()
</script>`

// evil tries each way in which a page can make a browser send a request to
// another site with its cookies.
const evil = `<!doctype html><title>x</title><body><script>
const to = 'http://localhost:PORT/graphql'
const query = 'mutation { updateProfile(input: {name: "hacked"}) { user { name } } }'
const body = JSON.stringify({query});
(async () => {
	const saw = []
	for (const [type, mode] of [['text/plain', 'no-cors'], ['application/x-www-form-urlencoded', 'no-cors'], ['application/json', 'cors']]) {
		try {
			await fetch(to, {method: 'POST', credentials: 'include', mode, headers: {'content-type': type}, body})
			saw.push(type + ' was sent')
		} catch (e) { saw.push(type + ' was stopped') }
	}
	const form = document.createElement('form')
	form.method = 'POST'; form.action = to; form.target = 'sink'; form.enctype = 'text/plain'
	const field = document.createElement('input')
	field.name = '{"query":' + JSON.stringify(query) + ',"x":"'; field.value = '"}'
	form.append(field)
	const sink = document.createElement('iframe')
	sink.name = 'sink'
	let loads = 0
	sink.onload = () => { if (++loads == 2) parent.postMessage(saw, '*') }
	document.body.append(sink, form)
	form.submit()
	setTimeout(() => parent.postMessage(saw, '*'), 3000)
})()
</script>`

// TestCookiesInABrowser is TestCookies with Chromium, and with a page of
// another site that attacks.
func TestCookiesInABrowser(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("needs chromium")
	}
	s, _ := started(t, "WEFT_COOKIES=on")
	type report struct {
		Up, Me, Script, After, Refresh, Out, End string
		Attack                                   []string
	}
	reports := make(chan report, 1)
	var port string
	listening := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/page", "/evil":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			text := map[string]string{"/page": goodPage, "/evil": evil}[r.URL.Path]
			_, _ = w.Write([]byte(strings.ReplaceAll(text, "PORT", port)))
		case "/saw":
			var saw report
			if err := json.NewDecoder(r.Body).Decode(&saw); err != nil {
				t.Error(err)
			}
			reports <- saw
		default:
			s.ServeHTTP(w, r)
		}
	}))
	defer listening.Close()
	if _, port, err = net.SplitHostPort(listening.Listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	listening.Start()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	// The browser's own processes write into its folder a little longer than it lives.
	profile, err := os.MkdirTemp("", "weft-browser-") //nolint:usetesting // t.TempDir fails where something is written still
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 50 {
			if os.RemoveAll(profile) == nil {
				return
			}
			time.Sleep(100 * time.Millisecond) //nolint:forbidigo // as above
		}
		t.Logf("%s stays", profile)
	})
	// Browsers take localhost for safe enough for Secure cookies.
	command := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--user-data-dir="+profile, "http://localhost:"+port+"/page")
	command.WaitDelay = 10 * time.Second
	if err := command.Start(); err != nil {
		t.Skipf("chromium does not start here: %v", err)
	}
	var saw report
	select {
	case saw = <-reports:
	case <-ctx.Done():
		t.Error("the page has not ended")
	}
	stop()
	_ = command.Wait() // it was killed
	t.Logf("%+v", saw)
	if saw.Up != `{"signUp":{"user":{"username":"ada"}}}` || saw.Me != `{"viewer":{"name":"ada"}}` {
		t.Errorf("signed up: %s, then %s", saw.Up, saw.Me)
	}
	if saw.Script != "" {
		t.Errorf("scripts read the cookies: %q", saw.Script)
	}
	if saw.After != saw.Me || len(saw.Attack) != 3 {
		t.Errorf("after the attack %v: %s", saw.Attack, saw.After)
	}
	if saw.Refresh != `{"refreshToken":{"user":{"username":"ada"}}}` || saw.Out != `{"signOut":{"endedSessions":1}}` || saw.End != `{"viewer":null}` {
		t.Errorf("refreshed: %s; signed out: %s, then %s", saw.Refresh, saw.Out, saw.End)
	}
}
