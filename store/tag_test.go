package store_test

import (
	"bytes"
	"testing"

	"gatehouse/store"
)

func TestTag(t *testing.T) {
	old, next := store.NewKey(), store.NewKey()
	ring := store.NewKeyring(old)
	tag := ring.Tag("task", "alice")
	if again := ring.Tag("task", "alice"); len(tag) != 16 || !bytes.Equal(again, tag) {
		t.Errorf("tags %x and %x", tag, again)
	}
	altered := bytes.Clone(tag)
	altered[15] ^= 1
	for _, tt := range []struct {
		name          string
		ring          *store.Keyring
		purpose, text string
		tag           []byte
		want          bool
	}{
		{"the same", ring, "task", "alice", tag, true},
		{"after a restart", store.NewKeyring(old), "task", "alice", tag, true},
		{"with a newer key in front", store.NewKeyring(next, old), "task", "alice", tag, true},
		{"with another key", store.NewKeyring(next), "task", "alice", tag, false},
		{"another name", ring, "task", "bob", tag, false},
		{"another purpose", ring, "page", "alice", tag, false},
		{"a border moved between purpose and name", ring, "tas", "kalice", tag, false},
		{"altered", ring, "task", "alice", altered, false},
		{"cut off", ring, "task", "alice", tag[:15], false},
		{"nothing", ring, "task", "alice", nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.ring.Tagged(tt.purpose, tt.text, tt.tag); got != tt.want {
				t.Errorf("tagged = %v, want %v", got, tt.want)
			}
		})
	}
}
