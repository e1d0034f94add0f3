// Command notes keeps notes for whoever is logged in. Each person sees their
// own, whichever client they come with.
//
//	go run ./examples/notes dev
package main

import (
	"context"
	"errors"
	"slices"
	"sync"

	"gatehouse"
)

type note struct {
	Text string `json:"text" jsonschema:"what to remember"`
}

type notes struct {
	Notes []string `json:"notes"`
}

// book holds the notes of each person, by subject.
type book struct {
	mu    sync.Mutex
	notes map[string][]string
}

func (b *book) add(ctx context.Context, in note) (notes, error) {
	who, _ := gatehouse.Caller(ctx)
	if in.Text == "" {
		return notes{}, errors.New("an empty note: say what to remember")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.notes[who.Subject] = append(b.notes[who.Subject], in.Text)
	return notes{slices.Clone(b.notes[who.Subject])}, nil
}

func (b *book) list(ctx context.Context, _ struct{}) (notes, error) {
	who, _ := gatehouse.Caller(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	return notes{slices.Clone(b.notes[who.Subject])}, nil
}

func backend() *gatehouse.Backend {
	b := &book{notes: make(map[string][]string)}
	return gatehouse.Tools("notes",
		gatehouse.Tool("add_note", "Keeps a note, and returns all.", b.add),
		gatehouse.Tool("list_notes", "Returns all notes.", b.list, gatehouse.ReadOnly()),
	).Describe("notes", "Read and write your notes")
}

func main() { gatehouse.Main(backend()) }
