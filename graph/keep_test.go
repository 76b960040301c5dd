package graph

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/content"
)

// TestKeepsEveryNode keeps the id of objects of any type that node finds, and
// refuses what it could not make again.
func TestKeepsEveryNode(t *testing.T) {
	type payload struct {
		Tag   *ent.Tag
		Event *ent.AuditEvent
		None  *ent.User
		Name  string
	}
	tag, event := &ent.Tag{ID: typeid.NewTag()}, &ent.AuditEvent{ID: typeid.NewEvent()}
	text, err := keep(&payload{Tag: tag, Event: event, Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if want := map[string]string{"Tag": tag.ID.String(), "Event": event.ID.String(), "Name": "x"}; !reflect.DeepEqual(got, want) {
		t.Errorf("kept %s", text)
	}
	_, err = keep(&struct{ Session *ent.Session }{&ent.Session{}})
	if err == nil || !strings.Contains(err.Error(), "say entity.Node()") {
		t.Errorf("kept a session: %v", err)
	}
}

// TestIdempotentPayloads holds the payload of each mutation that takes an
// Idempotency-Key against what can be kept.
func TestIdempotentPayloads(t *testing.T) {
	payloads := newOnce(nil).payloads
	for _, mutation := range NewSchema(&content.Content{}, nil, nil).Schema().Mutation.Fields {
		if mutation.Directives.ForName("idempotent") == nil {
			continue
		}
		payload := payloads[strings.ToLower(mutation.Name)]
		full := reflect.New(payload)
		for i := range payload.NumField() {
			if field := full.Elem().Field(i); field.Kind() == reflect.Pointer {
				field.Set(reflect.New(field.Type().Elem()))
			}
		}
		if _, err := keep(full.Interface()); err != nil {
			t.Errorf("%s: %v", mutation.Name, err)
		}
	}
}
