package stackexchange

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read returns the values of attribute A, and the faults.
func read(text string) (values, faults []string, err error) {
	fault := func(line int, reason string) { faults = append(faults, fmt.Sprint(line, ": ", reason)) }
	err = newReader(strings.NewReader(text), "T.xml", "t", fault).each(func(_ int, row *row) error {
		value, ok, err := row.text("A")
		if err != nil {
			faults = append(faults, err.Error())
		} else if ok {
			values = append(values, value)
		}
		return nil
	})
	return values, faults, err
}

func TestForms(t *testing.T) {
	for name, tt := range map[string]struct {
		text   string
		values []string
		faults []string
	}{
		"OneLine":       {"<?xml version='1.0'?><t><row A='1'/><row A='2' ></row></t>", []string{"1", "2"}, nil},
		"Mark":          {"\ufeff<?xml version=\"1.0\"?>\r\n<t>\r\n  <row A=\"1\" />\r\n</t>", []string{"1"}, nil},
		"EmptyRoot":     {"<t/>", nil, nil},
		"Comments":      {"<!-- <row A='0'/>\n --><t><!-- a --><row A='1'/><!--\n\n--></t><!-- -->\n\n", []string{"1"}, nil},
		"OverLines":     {"<t>\n<row\n  A='1'\n  B='2'\n/>\n<row A='a\nb'/>\n</t >", []string{"1", "a b"}, nil},
		"References":    {"<t><row A='&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;&#xA;&amp;lt;'/></t>", []string{"<>&\"'A😀\n&lt;"}, nil},
		"Absent":        {"<t><row B='1'/><row A=''/></t>", []string{""}, nil},
		"BadReferences": {"<t><row A='&'/><row A='&#xD800;'/><row A='&#x110000;'/><row A='&#z;'/><row A='1'/></t>", []string{"1"}, []string{"A: a & begins no reference", "A: &#xD800; is no character", "A: &#x110000; is no character", "A: &#z; is no number"}},
		"Spaces":        {"<t><row A='1'B='2'/>\n<row A = '1' /></t>", []string{"1"}, []string{"1: there is no space before an attribute"}},
		"NoValue":       {"<t>\n<row A />\n<row A=1 />\n<row =\"1\" />\n<row A='1' / >\n<row A='2'>x</row>\n<rows A='3'/></t>", nil, []string{"2: attribute A has no value", "3: the value of A has no quotes", "4: \"=\" stands where an attribute should", "5: a / stands inside the row", "6: the row holds more than attributes", "7: \"<rows A='3'/></t>\" is not a row"}},
		"Bytes":         {"<t>\n<row A='\x00'/>\n<row A='\x01'/>\n<row A='\xff'/>\n<row A='1'/></t>", []string{"1"}, []string{"2: it holds a NUL", "3: it holds the control character 0x01", "4: it is not valid UTF-8"}},
		"Stray":         {"<t>\nstray\n<row A='1'/>\n</u>\n</t>", []string{"1"}, []string{"2: \"stray\" is not a row", "4: \"</u>\" is not a row"}},
		"TooLong":       {"<t>\n<row A='" + strings.Repeat("x", maxRow) + "'/>\n<row A='1'/></t>", []string{"1"}, []string{"2: the row is longer than 16 MiB"}},
	} {
		t.Run(name, func(t *testing.T) {
			values, faults, err := read(tt.text)
			if name == "NoValue" {
				// The last fault swallows the root's end on its line.
				if err == nil {
					t.Error("no error at the end")
				}
			} else if err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(tt.values, values); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.faults, faults); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestManyLinesAreBounded(t *testing.T) {
	text := "<t>\n<row A='" + strings.Repeat(strings.Repeat("x", 1<<20)+"\n", 20) + "'/>\n<row A='1'/></t>"
	values, faults, err := read(text)
	if err != nil || len(values) != 1 || len(faults) == 0 || !strings.Contains(faults[0], "longer than 16 MiB") {
		t.Errorf("%d values, faults %.200q, %v", len(values), faults, err)
	}
}

func TestOpenRowBeforeManyLines(t *testing.T) {
	text := "<t>\n<row A='" + strings.Repeat("\n", 1<<20) + "\n<row A='1'/></t>"
	values, faults, err := read(text)
	if diff := cmp.Diff([]string{"2: the row is not closed"}, faults); diff != "" || err != nil || len(values) != 1 {
		t.Errorf("%d values, %v, faults (-want +got):\n%s", len(values), err, diff)
	}
}

// FuzzRow compares with encoding/xml: what this parser takes, that one takes
// too and finds the same in it.
func FuzzRow(f *testing.F) {
	for _, seed := range []string{
		`<row Id="1" Body="&lt;p&gt;&#xA;" />`, `<row A='"' B="'"/>`, `<row A="1"></row>`, "<row A=\"a\tb\" />", `<row A="&#x1;"/>`, `<row`, `<row A="]]&gt;"/>`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if !isRow(text) {
			return
		}
		var r row
		rest, err := r.parse(text)
		if err != nil || checkBytes(text[:len(text)-len(rest)]) != nil {
			return
		}
		want, strictErr := strict(text[:len(text)-len(rest)])
		for _, a := range r.attrs {
			value, _, err := r.text(string(a.name))
			// XML makes spaces of bare white space; encoding/xml does not.
			if err != nil || strictErr != nil || bytes.ContainsAny(a.raw, "\t\r\n") {
				continue
			}
			if value != want[string(a.name)] && r.cleaned == 0 {
				t.Errorf("%q: %s is %q, and to encoding/xml %q", text, a.name, value, want[string(a.name)])
			}
			if strings.ContainsRune(value, 0) {
				t.Errorf("%q: %s holds a NUL", text, a.name)
			}
		}
	})
}

// strict reads a row with encoding/xml.
func strict(text []byte) (map[string]string, error) {
	token, err := xml.NewDecoder(bytes.NewReader(text)).RawToken()
	if err != nil {
		return nil, err
	}
	attrs := map[string]string{}
	for _, a := range token.(xml.StartElement).Attr {
		name := a.Name.Local
		if a.Name.Space != "" {
			name = a.Name.Space + ":" + name
		}
		attrs[name] = a.Value
	}
	return attrs, nil
}

func FuzzFile(f *testing.F) {
	f.Add("<?xml version=\"1.0\"?>\n<t>\n<row A=\"1\" />\n</t>")
	f.Add("<t><row A='1'\n/><!-- --></t>")
	f.Fuzz(func(_ *testing.T, text string) { _, _, _ = read(text) })
}

// sample is the beginning of a file of posts.
func sample() []byte {
	row := `  <row Id="5" PostTypeId="1" CreationDate="2014-01-21T20:26:05.383" Score="19" ViewCount="2277" Body="` +
		strings.Repeat(`&lt;p&gt;I was offered a beer the other day that was reportedly made with citra hops. What are citra hops?&lt;/p&gt;&#xA;`, 8) +
		`" OwnerUserId="7" LastActivityDate="2014-01-21T22:04:34.977" Title="What is a citra hop?" Tags="&lt;hops&gt;" CommentCount="0" />` + "\r\n"
	return []byte("<posts>\r\n" + strings.Repeat(row, 5000) + "</posts>")
}

func BenchmarkReader(b *testing.B) {
	text := sample()
	b.SetBytes(int64(len(text)))
	m := importer{site: "s", scored: true}
	for b.Loop() {
		err := newReader(bytes.NewReader(text), "Posts.xml", "posts", nil).each(func(_ int, row *row) error {
			_, err := m.post(row, question)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodingXML(b *testing.B) {
	text := sample()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		d := xml.NewDecoder(bytes.NewReader(text))
		for {
			if _, err := d.RawToken(); errors.Is(err, io.EOF) {
				break
			}
		}
	}
}
