package store_test

import (
	"bytes"
	"errors"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/store"
)

func TestSeal(t *testing.T) {
	ring := store.NewKeyring(store.NewKey())
	for _, plain := range []string{"", "x", "a token worth stealing"} {
		sealed := ring.Seal("vault", "alice", []byte(plain))
		if len(plain) > 8 && bytes.Contains(sealed, []byte(plain)) {
			t.Errorf("sealed %q holds it in clear", plain)
		}
		if again := ring.Seal("vault", "alice", []byte(plain)); bytes.Equal(again, sealed) {
			t.Errorf("sealed %q twice alike", plain)
		}
		got, err := ring.Open("vault", "alice", sealed)
		if err != nil || string(got) != plain {
			t.Errorf("open = %q, %v, want %q", got, err, plain)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	ring := store.NewKeyring(store.NewKey())
	sealed := ring.Seal("vault", "alice", []byte("plain"))
	for _, test := range []struct {
		name          string
		ring          *store.Keyring
		purpose, path string
		sealed        []byte
	}{
		{"another name", ring, "vault", "bob", sealed},
		{"another purpose", ring, "idp", "alice", sealed},
		{"a border moved between purpose and name", ring, "vaul", "talice", sealed},
		{"a key that is not on the ring", store.NewKeyring(store.NewKey()), "vault", "alice", sealed},
		{"nothing", ring, "vault", "alice", nil},
		{"an id that goes beyond the end", ring, "vault", "alice", []byte{1, 255, 'x'}},
		{"an id as long as can be", ring, "vault", "alice", append([]byte{1, 255}, make([]byte, 300)...)},
		{"more at the end", ring, "vault", "alice", append(bytes.Clone(sealed), 0)},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, err := test.ring.Open(test.purpose, test.path, test.sealed); !errors.Is(err, fault.Invalid) || got != nil {
				t.Errorf("open = %q, %v, want %v", got, err, fault.Invalid)
			}
		})
	}
	t.Run("any byte altered, any tail cut off", func(t *testing.T) {
		for i := range sealed {
			altered := bytes.Clone(sealed)
			altered[i] ^= 1
			for _, bad := range [][]byte{altered, sealed[:i]} {
				if got, err := ring.Open("vault", "alice", bad); !errors.Is(err, fault.Invalid) {
					t.Errorf("open at byte %d = %q, %v, want %v", i, got, err, fault.Invalid)
				}
			}
		}
	})
	t.Run("another secret under the same id", func(t *testing.T) {
		one := mustParse(t, "gthk1:k:"+base64Of('a'))
		two := mustParse(t, "gthk1:k:"+base64Of('b'))
		if got, err := two.Open("vault", "alice", one.Seal("vault", "alice", []byte("plain"))); !errors.Is(err, fault.Invalid) {
			t.Errorf("open = %q, %v, want %v", got, err, fault.Invalid)
		}
	})
}

func TestRotation(t *testing.T) {
	before, after := store.NewKey(), store.NewKey()
	old := store.NewKeyring(before).Seal("vault", "alice", []byte("old"))
	ring := store.NewKeyring(after, before)
	if got, err := ring.Open("vault", "alice", old); err != nil || string(got) != "old" {
		t.Errorf("open = %q, %v, want what the old key sealed", got, err)
	}
	fresh := ring.Seal("vault", "alice", []byte("new"))
	if got, err := store.NewKeyring(after).Open("vault", "alice", fresh); err != nil || string(got) != "new" {
		t.Errorf("open with the new key alone = %q, %v, want new", got, err)
	}
}

// sealedBefore is "plain", sealed by an earlier build for the vault of alice.
const sealedBefore = "\x01\x01\x6b\x9e\x4e\x4c\xa3\xf5\x13\xde\xa0\x1d\xe6\x12\x22\x16\x67\xe3\x13\x6f\x15\xa6\x01\xd4\x9a\x42\x29\x5f\x61\xd1\xd4\xcf\x41\xc5\x04\x7d"

func TestOpensWhatAnEarlierBuildSealed(t *testing.T) {
	ring := mustParse(t, "gthk1:k:"+base64Of('a'))
	if got, err := ring.Open("vault", "alice", []byte(sealedBefore)); err != nil || string(got) != "plain" {
		t.Errorf("open = %q, %v, want plain", got, err)
	}
}

func FuzzOpen(f *testing.F) {
	// Constants, for the fuzzer's processes to agree on them.
	ring, sealed := mustParse(f, "gthk1:k:"+base64Of('a')), []byte(sealedBefore)
	f.Add([]byte{})
	f.Add([]byte{1, 0})
	f.Add([]byte{1, 8, 'x'})
	f.Add(append([]byte{1, 255}, make([]byte, 300)...))
	f.Add(sealed)
	f.Add(sealed[:len(sealed)-1])
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := ring.Open("vault", "alice", data)
		switch {
		case err == nil && (!bytes.Equal(data, sealed) || string(got) != "plain"):
			t.Errorf("open %x = %q, want a failure", data, got)
		case err != nil && !errors.Is(err, fault.Invalid):
			t.Errorf("open %x = %v, want %v", data, err, fault.Invalid)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	ring := store.NewKeyring(store.NewKey())
	plain := make([]byte, 500)
	for b.Loop() {
		ring.Seal("vault", "alice", plain)
	}
}
