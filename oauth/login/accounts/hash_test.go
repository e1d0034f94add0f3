package accounts

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/fault"
)

// known is a test vector of the reference implementation of argon2, of the
// password "password".
const known = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"

func TestHash(t *testing.T) {
	h := NewHasher()
	hash, err := h.Hash(t.Context(), "correct horse")
	if err != nil || !strings.HasPrefix(string(hash), "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("hash = %.40q, %v", string(hash), err)
	}
	if again, _ := h.Hash(t.Context(), "correct horse"); again == hash {
		t.Error("two hashes of one password are alike")
	}
	for _, test := range []struct {
		name     string
		hash     Hash
		password string
		want     bool
	}{
		{"its password", hash, "correct horse", true},
		{"another password", hash, "correct horsf", false},
		{"the reference implementation's", known, "password", true},
		{"not the reference implementation's", known, "Password", false},
		{"a decoy", h.Decoy(), "", false},
	} {
		if got, err := h.Verify(t.Context(), test.hash, test.password); got != test.want || err != nil {
			t.Errorf("%s: verify = %v, %v, want %v", test.name, got, err, test.want)
		}
	}
	if !h.Current(hash) || !h.Current(h.Decoy()) || h.Current(known) || h.Current("") {
		t.Error("current tells today's parameters from others wrongly")
	}
}

func TestDamagedHash(t *testing.T) {
	const good = "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA"
	if _, err := parsePHC(good); err != nil {
		t.Fatal(err)
	}
	change := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for name, bad := range map[string]string{
		"nothing":               "",
		"another algorithm":     change("argon2id", "argon2i"),
		"another version":       change("v=19", "v=16"),
		"no version":            change("v=19$", ""),
		"memory beyond bounds":  change("m=8", "m=1048576"),
		"memory that overflows": change("m=8", "m=4294967304"),
		"no memory":             change("m=8", "m=0"),
		"no passes":             change("t=1", "t=0"),
		"no threads":            change("p=1", "p=0"),
		"a sign":                change("m=8", "m=+8"),
		"more parameters":       change("p=1", "p=1,x=1"),
		"a blank":               change("m=8", "m= 8"),
		"padding":               good + "==",
		"stray bits":            good[:len(good)-1] + "B",
		"a short key":           good[:len(good)-8],
		"a seventh part":        good + "$",
	} {
		if p, err := parsePHC(Hash(bad)); !errors.Is(err, fault.Internal) {
			t.Errorf("%s: parse = %v, %v, want %v", name, p, err, fault.Internal)
		}
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add(known)
	f.Add("$argon2id$v=19$m=8,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := parsePHC(Hash(text)); err == nil && string(p.format()) != text {
			t.Errorf("parse %q reads back as %q", text, string(p.format()))
		}
	})
}

func TestHashesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher()
		for range maxHashes {
			h.slots <- struct{}{}
		}
		began := time.Now()
		if _, err := h.Hash(t.Context(), "correct horse"); !errors.Is(err, fault.Unavailable) || time.Since(began) != queueTime {
			t.Errorf("hash = %v after %v, want %v after %v", err, time.Since(began), fault.Unavailable, queueTime)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := h.Hash(ctx, "correct horse"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("hash = %v, want %v", err, context.DeadlineExceeded)
		}
		<-h.slots
		if _, err := h.Hash(t.Context(), "correct horse"); err != nil || len(h.slots) != maxHashes-1 {
			t.Errorf("hash = %v with %d slots taken, want nil with %d", err, len(h.slots), maxHashes-1)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	h := NewHasher()
	for b.Loop() {
		if _, err := h.Hash(b.Context(), "correct horse"); err != nil {
			b.Fatal(err)
		}
	}
}
