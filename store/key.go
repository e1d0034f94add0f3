package store

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"gatehouse/internal/fault"
)

// Key is a data key of a [Keyring]. It cannot be printed: only
// [Key.Reveal] gives its text.
type Key struct {
	id     string
	secret [32]byte
}

const keyPrefix = "gthk1"

// keyIDs are the characters of a key's id, of which there are 32 at most.
const keyIDs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

func isKeyID(id string) bool {
	return id != "" && len(id) <= 32 && strings.Trim(id, keyIDs) == ""
}

// NewKey returns a fresh key.
func NewKey() Key {
	var k Key
	var id [4]byte
	rand.Read(id[:])
	rand.Read(k.secret[:])
	k.id = hex.EncodeToString(id[:])
	return k
}

// ParseKeys reads keys, one a line, each as
//
//	gthk1:<id>:<32 bytes in base64>
//
// Empty lines and those that begin with # are passed over. It fails with
// fault.Invalid, naming the line, and for a text without a key.
func ParseKeys(text string) ([]Key, error) {
	var keys []Key
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, err := parseKey(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if slices.ContainsFunc(keys, func(k Key) bool { return k.id == key.id }) {
			return nil, fmt.Errorf("line %d: %w", n, fault.New(fault.Invalid, "There are two keys with the id %s.", key.id))
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, fault.New(fault.Invalid, "There is no key.")
	}
	return keys, nil
}

func parseKey(line string) (key Key, err error) {
	parts := strings.Split(line, ":")
	if len(parts) != 3 || parts[0] != keyPrefix || !isKeyID(parts[1]) {
		return key, fault.New(fault.Invalid, "A key reads as %s:<id>:<base64>.", keyPrefix)
	}
	secret, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(secret) != len(key.secret) {
		return key, fault.New(fault.Invalid, "The key %s is not %d bytes in base64.", parts[1], len(key.secret))
	}
	key.id = parts[1]
	copy(key.secret[:], secret)
	return key, nil
}

// ID names the key.
func (k Key) ID() string { return k.id }

// Reveal returns the key as [ParseKeys] reads it.
func (k Key) Reveal() string {
	return keyPrefix + ":" + k.id + ":" + base64.StdEncoding.EncodeToString(k.secret[:])
}

func (k Key) String() string       { return keyPrefix + ":" + k.id + ":REDACTED" }
func (k Key) GoString() string     { return k.String() }
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// Format keeps every verb from the secret.
func (k Key) Format(f fmt.State, _ rune) { f.Write([]byte(k.String())) }

// LoadKeyFile returns the key ring in a file. If there is no such file it
// creates one with a fresh key that only this user can read. A file that
// others can read is refused. Whoever loses the file loses what it sealed.
func LoadKeyFile(path string) (*Keyring, error) {
	text, err := readKeyFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := writeKeyFile(path, NewKey()); err != nil {
			return nil, fmt.Errorf("create key file %s: %w", path, err)
		}
		text, err = readKeyFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	keys, err := ParseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return NewKeyring(keys...), nil
}

func readKeyFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	// Windows has no such bits; there the folder's access list decides.
	if info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		return "", fault.New(fault.Invalid, "Others can read the key file. Run: chmod 600 '%s'", path)
	}
	var text bytes.Buffer
	_, err = text.ReadFrom(f)
	return text.String(), err
}

// writeKeyFile writes the file elsewhere and then gives it its name, so that
// nobody sees half of it. If another process was faster its file stays.
func writeKeyFile(path string, key Key) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".key-*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString("# The data keys of this Gatehouse. The first one seals, all open. Keep a copy apart from the store.\n" + key.Reveal() + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(dir)
}

// syncFolder makes the name of a new file as lasting as its content. Not every
// system can open a folder; those that cannot need no such step.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer d.Close()
	d.Sync()
	return nil
}
