package tasks

import (
	"context"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
	"gatehouse/store"
)

// client is one that answers a question as it thinks fit.
type client struct {
	heard  string
	answer func(question string) string
}

func (c *client) Notify(_ context.Context, _ string, params jsontext.Value) error {
	c.heard = string(params)
	return nil
}

func (c *client) Ask(_ context.Context, _ string, params jsontext.Value) (jsontext.Value, error) {
	c.heard = string(params)
	return jsontext.Value(c.answer(c.heard)), nil
}

func TestAQuestionNamesTheTaskItBelongsTo(t *testing.T) {
	of := func(id string) string {
		return `{"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"` + id + `"}}}`
	}
	ids := IDs{store.NewKeyring(store.NewKey()), "a", "dev:alice"}
	shown, err := ids.show("1:x")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		answer func(question string) string
		want   string
	}{
		{"and so does its answer", func(question string) string { return question }, of("1:x")},
		{"unless it belongs to a task of the client", func(string) string { return of("7") }, of("7")},
		{"or is one", func(string) string { return `{"task":{"taskId":"7"}}` }, `{"task":{"taskId":"7"}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &client{answer: tt.answer}
			answer, err := ids.Client(c).Ask(t.Context(), mcp.MethodElicit, jsontext.Value(of("1:x")))
			if c.heard != of(shown) || err != nil {
				t.Errorf("the question is %s, %v", c.heard, err)
			}
			if string(answer) != tt.want {
				t.Errorf("the answer is %s", answer)
			}
		})
	}
}

func TestANotificationOfATask(t *testing.T) {
	ids := IDs{store.NewKeyring(store.NewKey()), "a", "dev:alice"}
	c := new(client)
	if err := ids.Client(c).Notify(t.Context(), "notifications/tasks", jsontext.Value(`{"taskId":"1"}`)); err != nil {
		t.Fatal(err)
	}
	if shown, _ := ids.show("1"); c.heard != `{"taskId":"`+shown+`"}` {
		t.Errorf("heard %s", c.heard)
	}
}

func TestWhereThereAreNoTasksTheClientIsItself(t *testing.T) {
	c := new(client)
	if got := (IDs{}).Client(c); got != mcp.Peer(c) {
		t.Errorf("it is %v", got)
	}
}
