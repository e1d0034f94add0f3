package store_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/store"
)

func TestParseKeys(t *testing.T) {
	good, other := "gthk1:one:"+base64Of('a'), "gthk1:two:"+base64Of('b')
	for _, test := range []struct {
		name, text string
		want       []string // the ids
		says       string
	}{
		{"one key", good, []string{"one"}, ""},
		{"two keys with remarks, in their order", "# old and new\n\n" + other + "\r\n  " + good + " \n", []string{"two", "one"}, ""},
		{"nothing", "", nil, "no key"},
		{"remarks alone", "# nothing\n", nil, "no key"},
		{"the same id twice", good + "\n" + good, nil, "line 2"},
		{"another prefix", strings.Replace(good, "gthk1", "gthk2", 1), nil, "line 1"},
		{"no id", "gthk1::" + base64Of('a'), nil, "reads as"},
		{"an id with a blank", "gthk1:a b:" + base64Of('a'), nil, "reads as"},
		{"an id of 33 characters", "gthk1:" + strings.Repeat("a", 33) + ":" + base64Of('a'), nil, "reads as"},
		{"a fourth part", good + ":x", nil, "reads as"},
		{"a short secret", "gthk1:one:YWJj", nil, "32 bytes"},
		{"no base64", "gthk1:one:" + strings.Repeat("*", 44), nil, "32 bytes"},
		{"base64 with stray bits", strings.TrimSuffix(good, "E=") + "F=", nil, "32 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			keys, err := store.ParseKeys(test.text)
			if test.says != "" {
				if !errors.Is(err, fault.Invalid) || !strings.Contains(err.Error(), test.says) {
					t.Errorf("parse = %v, want %v that says %q", err, fault.Invalid, test.says)
				}
				return
			}
			var got []string
			for _, key := range keys {
				got = append(got, key.ID())
			}
			if err != nil || fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("parse = %q, %v, want %q", got, err, test.want)
			}
		})
	}
	t.Run("a fresh key reads back", func(t *testing.T) {
		key := store.NewKey()
		keys, err := store.ParseKeys(key.Reveal())
		if err != nil || keys[0] != key {
			t.Errorf("parse = %v, %v, want the key", keys, err)
		}
	})
}

func FuzzParseKeys(f *testing.F) {
	f.Add("gthk1:one:" + base64Of('a'))
	f.Add("# \n\ngthk1:one:\n")
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := store.ParseKeys(text)
		for _, key := range keys {
			again, err := store.ParseKeys(key.Reveal())
			if err != nil || again[0] != key {
				t.Errorf("a key does not read back: %v", err)
			}
		}
		if (err == nil) == (len(keys) == 0) {
			t.Errorf("parse %q = %d keys, %v", text, len(keys), err)
		}
	})
}

func TestKeyIsNotPrinted(t *testing.T) {
	key := store.NewKey()
	secret := strings.TrimPrefix(key.Reveal(), "gthk1:"+key.ID()+":")
	raw, err := base64.StdEncoding.DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+" "+verb+"\n", key, &key)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("key", "key", key, "keys", []store.Key{key})
	slog.New(slog.NewTextHandler(&out, nil)).Info("key", "key", key, "keys", []store.Key{key})
	for _, bad := range []string{secret, fmt.Sprintf("%x", raw), fmt.Sprint(raw), string(raw)} {
		if strings.Contains(out.String(), bad) {
			t.Errorf("the secret is in\n%s", out.String())
		}
	}
}

func TestLoadKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "data.key")
	first, err := store.LoadKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sealed := first.Seal("vault", "alice", []byte("plain"))

	t.Run("the same key is there at the next start", func(t *testing.T) {
		again, err := store.LoadKeyFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := again.Open("vault", "alice", sealed); err != nil || string(got) != "plain" {
			t.Errorf("open = %q, %v, want plain", got, err)
		}
	})
	t.Run("nothing else is left beside it", func(t *testing.T) {
		if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
			t.Errorf("folder = %v, %v, want the key file alone", files, err)
		}
	})
	t.Run("only its owner may read it", func(t *testing.T) {
		if runtime.GOOS == "windows" {
			t.Skip("no permission bits here")
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode = %v, %v, want 0600", info.Mode(), err)
		}
		for _, mode := range []os.FileMode{0o640, 0o604, 0o660, 0o602} {
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			_, err := store.LoadKeyFile(path)
			if !errors.Is(err, fault.Invalid) || !strings.Contains(fault.Public(err), "chmod 600 '"+path+"'") {
				t.Errorf("load at %o = %v, want the command that mends it", mode, err)
			}
		}
	})
	t.Run("a file without a key is not overwritten", func(t *testing.T) {
		empty := filepath.Join(t.TempDir(), "data.key")
		if err := os.WriteFile(empty, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := store.LoadKeyFile(empty); !errors.Is(err, fault.Invalid) {
			t.Errorf("load = %v, want %v", err, fault.Invalid)
		}
		if got, _ := os.ReadFile(empty); len(got) != 0 {
			t.Errorf("file = %q, want it as it was", got)
		}
	})
	t.Run("many that start at once agree", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "data.key")
		rings := make(chan *store.Keyring)
		for range 8 {
			go func() {
				ring, err := store.LoadKeyFile(path)
				if err != nil {
					t.Error(err)
				}
				rings <- ring
			}()
		}
		sealed := (<-rings).Seal("vault", "alice", []byte("plain"))
		for range 7 {
			if _, err := (<-rings).Open("vault", "alice", sealed); err != nil {
				t.Errorf("open = %v", err)
			}
		}
	})
}

func mustParse(t testing.TB, text string) *store.Keyring {
	t.Helper()
	keys, err := store.ParseKeys(text)
	if err != nil {
		t.Fatal(err)
	}
	return store.NewKeyring(keys...)
}

// base64Of is a secret of one letter, in base64.
func base64Of(letter byte) string {
	return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{letter}, 32))
}
