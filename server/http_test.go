package server_test

import (
	"net/http"
	"strings"
	"testing"
)

const (
	jsonBody     = "Content-Type: application/json"
	wantJSON     = "Accept: application/json"
	wantResponse = "Accept: application/graphql-response+json"
)

func TestAccept(t *testing.T) {
	const plain, response = "application/json; charset=utf-8", "application/graphql-response+json; charset=utf-8"
	b := setup(t, nil)
	for accept, want := range map[string]string{
		"":                                  plain,
		"*/*":                               plain,
		"application/*":                     plain,
		"application/json":                  plain,
		"Application/JSON":                  plain,
		"application/json; charset=UTF-8":   plain,
		"text/html, application/json;q=0.1": plain,
		"application/graphql-response+json": response,
		"application/graphql-response+json; charset=utf-8":              response,
		"application/graphql-response+json, application/json;q=0.9":     response,
		"application/json, application/graphql-response+json":           response,
		"application/json;q=0.5, application/graphql-response+json;q=1": response,
		"application/graphql-response+json;q=0.5, application/json":     plain,
		"application/graphql-response+json;q=0, */*":                    plain,
		"application/json;q=0, */*":                                     response,
		"application/json;q=0.2, */*;q=0.8":                             response,
		"text/html, application/xhtml+xml, */*;q=0.8":                   plain,
		"text/html":                            "",
		"application/json;q=0":                 "",
		"*/*;q=0":                              "",
		"application/json; charset=iso-8859-1": "",
		"application/json;q=high":              "",
		"text/event-stream":                    "",
		",,;;":                                 "",
	} {
		t.Run(accept, func(t *testing.T) {
			headers := []string{jsonBody}
			if accept != "" {
				headers = append(headers, "Accept: "+accept)
			}
			a := b.send(t, "POST", "/graphql", `{"query":"{hello}"}`, headers...)
			if want == "" {
				if a.status != http.StatusNotAcceptable || a.code() != "BAD_USER_INPUT" {
					t.Errorf("got %d %s, want 406", a.status, a.body)
				}
				return
			}
			if a.status != http.StatusOK || a.header.Get("Content-Type") != want {
				t.Errorf("got %d %s, want %s", a.status, a.header.Get("Content-Type"), want)
			}
		})
	}
}

func TestMethodsAndMediaTypes(t *testing.T) {
	const hello = `{"query":"{hello}"}`
	tests := map[string]struct {
		method, target, body string
		headers              []string
		status               int
		header               string // "Name: value" in the answer
	}{
		"POST":            {"POST", "/graphql", hello, []string{jsonBody}, 200, ""},
		"POSTCharset":     {"POST", "/graphql", hello, []string{`Content-Type: application/json; charset="UTF-8"`}, 200, ""},
		"POSTLatin1":      {"POST", "/graphql", hello, []string{"Content-Type: application/json; charset=iso-8859-1"}, 415, "Accept-Post: application/json"},
		"POSTNoType":      {"POST", "/graphql", hello, nil, 415, ""},
		"POSTText":        {"POST", "/graphql", hello, []string{"Content-Type: text/plain"}, 415, ""},
		"POSTForm":        {"POST", "/graphql", "query={hello}", []string{"Content-Type: application/x-www-form-urlencoded"}, 415, ""},
		"POSTMultipart":   {"POST", "/graphql", hello, []string{"Content-Type: multipart/form-data; boundary=x"}, 415, ""},
		"POSTDisguised":   {"POST", "/graphql", hello, []string{"Content-Type: text/plain; application/json"}, 415, ""},
		"POSTTwoTypes":    {"POST", "/graphql", hello, []string{jsonBody, "Content-Type: text/plain"}, 415, ""},
		"POSTGarbledType": {"POST", "/graphql", hello, []string{"Content-Type: ;;;"}, 415, ""},
		// The header that forces a preflight does not make a form acceptable.
		"POSTTextPreflighted": {"POST", "/graphql", hello, []string{"Content-Type: text/plain", "GraphQL-Require-Preflight: 1"}, 415, ""},
		"POSTGzip":            {"POST", "/graphql", hello, []string{jsonBody, "Content-Encoding: gzip"}, 415, "Accept-Encoding: identity"},
		"GET":                 {"GET", "/graphql?query={hello}", "", nil, 200, "Cache-Control: no-store"},
		"GETWithContentType":  {"GET", "/graphql?query={hello}", "", []string{jsonBody}, 200, ""},
		"HEAD":                {"HEAD", "/graphql?query={hello}", "", nil, 200, ""},
		"GETMutation":         {"GET", "/graphql?query=mutation{change}", "", []string{wantJSON}, 405, "Allow: POST"},
		"GETMutationByName":   {"GET", "/graphql?query=query+Q{hello}+mutation+M{change}&operationName=M", "", nil, 405, "Allow: POST"},
		"GETQueryByName":      {"GET", "/graphql?query=query+Q{hello}+mutation+M{change}&operationName=Q", "", nil, 200, ""},
		"GETNoQuery":          {"GET", "/graphql", "", nil, 400, ""},
		"GETBadEscape":        {"GET", "/graphql?query=%zz", "", nil, 400, ""},
		"GETTwice":            {"GET", "/graphql?query={hello}&query={hello}", "", nil, 400, ""},
		"GETInvalidUTF8":      {"GET", "/graphql?query=%ff", "", nil, 400, ""},
		"GETNUL":              {"GET", "/graphql?query={hello%00}", "", nil, 400, ""},
		"GETBadVariables":     {"GET", "/graphql?query={hello}&variables={", "", nil, 400, ""},
		"GETListVariables":    {"GET", "/graphql?query={hello}&variables=[]", "", nil, 400, ""},
		"GETNullVariables":    {"GET", "/graphql?query={hello}&variables=null", "", nil, 200, ""},
		"GETLong":             {"GET", "/graphql?query=" + strings.Repeat("x", 20_000), "", nil, 414, ""},
		"PUT":                 {"PUT", "/graphql", hello, []string{jsonBody}, 405, "Allow: GET, POST, OPTIONS"},
		"DELETE":              {"DELETE", "/graphql", "", nil, 405, "Allow: GET, POST, OPTIONS"},
		"OPTIONS":             {"OPTIONS", "/graphql", "", nil, 204, "Allow: GET, POST, OPTIONS"},
		"Elsewhere":           {"GET", "/nothing", "", nil, 404, "Content-Type: application/json; charset=utf-8"},
		"NoPlayground":        {"GET", "/", "", nil, 404, ""},
		"POSTProbe":           {"POST", "/livez", "", nil, 405, "Allow: GET, HEAD"},
	}
	b := setup(t, nil)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := b.send(t, tt.method, tt.target, tt.body, tt.headers...)
			if a.status != tt.status {
				t.Errorf("got %d %s, want %d", a.status, a.body, tt.status)
			}
			if name, value, ok := strings.Cut(tt.header, ": "); ok && a.header.Get(name) != value {
				t.Errorf("got %s %q, want %q", name, a.header.Get(name), value)
			}
			if a.header.Get("X-Request-Id") == "" {
				t.Error("the answer has no X-Request-Id")
			}
			if a.status >= 400 {
				if len(a.parsed.Errors) != 1 || a.code() == "" || a.parsed.Errors[0].Extensions.RequestID != a.header.Get("X-Request-Id") {
					t.Errorf("the error is not coded: %s", a.body)
				}
				if a.parsed.Data != nil {
					t.Errorf("the error has data: %s", a.body)
				}
			}
		})
	}
}

func TestMalformedBody(t *testing.T) {
	tests := map[string]struct{ body, want string }{
		"Empty":             {"", "the body is empty"},
		"Blank":             {" \r\n\t", "the body is empty"},
		"Truncated":         {`{"query":"SECRET`, "unexpected end of a string at byte 16"},
		"TrailingText":      {`{"query":"{hello}"} SECRET`, "unexpected text after the JSON value at byte 20"},
		"TwoValues":         {`{"query":"{hello}"}{"query":"SECRET"}`, "unexpected text after"},
		"Batch":             {`[{"query":"SECRET"}]`, "batching is off"},
		"String":            {`"SECRET"`, "must be a JSON object"},
		"NoQuery":           {`{"SECRET":1}`, "query is missing"},
		"EmptyQuery":        {`{"query":""}`, "query is missing"},
		"NullQuery":         {`{"query":null}`, "query is missing"},
		"OtherCase":         {`{"Query":"{hello}"}`, "query is missing"},
		"NumberQuery":       {`{"query":1}`, "query must be a string"},
		"ListOperationName": {`{"query":"{hello}","operationName":["SECRET"]}`, "operationName must be a string or null"},
		"StringVariables":   {`{"query":"{hello}","variables":"SECRET"}`, "variables must be an object or null"},
		"NumberExtensions":  {`{"query":"{hello}","extensions":7}`, "extensions must be an object or null"},
		"QueryTwice":        {`{"query":"{hello}","query":"SECRET"}`, "given twice"},
		"VariableTwice":     {`{"query":"{hello}","variables":{"a":1,"a":"SECRET"}}`, "given twice"},
		"InvalidUTF8":       {"{\"query\":\"\xff\"}", "not valid UTF-8"},
		"RawNUL":            {"{\"query\":\"{\x00hello}\"}", "control character"},
		"EscapedNUL":        {`{"query":"{hello}\u0000"}`, "NUL in a string"},
		"NULVariable":       {`{"query":"{hello}","variables":{"a":"x\u0000"}}`, "NUL in a string"},
		"HalfSurrogate":     {`{"query":"{hello}","variables":{"a":"\ud83d"}}`, "half a surrogate pair"},
		"Nesting":           {`{"query":"{hello}","variables":` + strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 101), "nested more than 64 levels deep"},
		"LargeVariables":    {`{"query":"{hello}","variables":{"a":"` + strings.Repeat("x", 600<<10) + `"}}`, "variables limit: the variables take 614408 bytes, at most 524288 are allowed"},
		"SingleQuotes":      {`{'query':'{hello}'}`, "expected a name in double quotes"},
		"TrailingComma":     {`{"query":"{hello}",}`, "expected a name in double quotes"},
		"NaN":               {`{"query":"{hello}","variables":{"a":NaN}}`, "expected a JSON value"},
		"HugeExponent":      {`{"query":"{hello}","variables":{"a":1e999}}`, "number out of range"},
		"LeadingZero":       {`{"query":"{hello}","variables":{"a":01}}`, "expected a comma"},
		"ByteOrderMark":     {"\ufeff" + `{"query":"{hello}"}`, "must be a JSON object"},
	}
	b := setup(t, nil)
	for name, tt := range tests {
		for _, accept := range []string{wantJSON, wantResponse} {
			t.Run(name, func(t *testing.T) {
				a := b.send(t, "POST", "/graphql", tt.body, jsonBody, accept)
				if a.status != 400 || a.code() != "BAD_USER_INPUT" || !strings.Contains(a.message(), tt.want) {
					t.Errorf("got %d %s, want %q", a.status, a.body, tt.want)
				}
				if strings.Contains(a.body, "SECRET") {
					t.Errorf("the error quotes the body: %s", a.body)
				}
			})
		}
	}
}

// Well-formed requests that cannot be executed are 400 for the newer media
// type and 200 for the older.
func TestRequestErrors(t *testing.T) {
	tests := map[string]struct{ body, code, want string }{
		"Parse":            {`{"query":"{"}`, "GRAPHQL_PARSE_FAILED", "Expected Name"},
		"Validation":       {`{"query":"{helo}"}`, "GRAPHQL_VALIDATION_FAILED", `Did you mean "hello"?`},
		"NoOperation":      {`{"query":"fragment F on Query { hello }"}`, "GRAPHQL_VALIDATION_FAILED", "no operation"},
		"UnknownOperation": {`{"query":"query A {hello}","operationName":"B"}`, "BAD_USER_INPUT", "no operation with the name given"},
		"UnnamedOperation": {`{"query":"query A {hello} query B {hello}"}`, "BAD_USER_INPUT", "contains 2 operations"},
		"Subscription":     {`{"query":"subscription {tick}"}`, "BAD_USER_INPUT", "a subscription cannot"},
		"MissingVariable":  {`{"query":"query($a: Int!) {echo(count: $a)}"}`, "BAD_USER_INPUT", "variable $a: is required and must be an Int"},
		"WrongVariable":    {`{"query":"query($a: Int) {echo(count: $a)}","variables":{"a":"5"}}`, "BAD_USER_INPUT", "variable $a: must be an Int (a whole number of 32 bits), not a string"},
	}
	b := setup(t, nil)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for accept, status := range map[string]int{wantJSON: 200, wantResponse: 400} {
				a := b.send(t, "POST", "/graphql", tt.body, jsonBody, accept)
				if a.status != status || a.code() != tt.code || !strings.Contains(a.message(), tt.want) || a.parsed.Data != nil {
					t.Errorf("%s: got %d %s", accept, a.status, a.body)
				}
			}
		})
	}
}

func TestBodyLimit(t *testing.T) {
	b := setup(t, func(o *config) { o.Limits.BodyBytes = 100 })
	body := func(size int) string {
		const frame = `{"query":"{hello}","x":""}`
		return strings.Replace(frame, `""`, `"`+strings.Repeat("y", size-len(frame))+`"`, 1)
	}
	if a := b.send(t, "POST", "/graphql", body(100), jsonBody); a.status != 200 {
		t.Errorf("100 bytes: got %d %s", a.status, a.body)
	}
	a := b.send(t, "POST", "/graphql", body(101), jsonBody)
	if a.status != 413 || a.code() != "BAD_USER_INPUT" || a.message() != "body limit: the body is larger than 100 bytes" {
		t.Errorf("101 bytes: got %d %s", a.status, a.body)
	}
}
