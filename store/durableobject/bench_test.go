//go:build js && wasm

package durableobject

import (
	"bytes"
	"fmt"
	"testing"

	"gatehouse/store"
)

func BenchmarkGet(b *testing.B) {
	kv := openEmpty(b)
	if err := kv.Swap(b.Context(), store.Item{Key: "a", Value: bytes.Repeat([]byte("x"), 500)}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := kv.Get(b.Context(), "a"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSwap(b *testing.B) {
	kv := openEmpty(b)
	next := store.Item{Key: "a", Value: bytes.Repeat([]byte("x"), 500)}
	for b.Loop() {
		if err := kv.Swap(b.Context(), next); err != nil {
			b.Fatal(err)
		}
		next.Version++
	}
}

func BenchmarkScan(b *testing.B) {
	kv := openEmpty(b)
	for i := range 1000 {
		if err := kv.Swap(b.Context(), store.Item{Key: fmt.Sprint(i), Value: bytes.Repeat([]byte("x"), 500)}); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		for _, err := range kv.Scan(b.Context(), "") {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
