package storetest

import (
	"fmt"
	"slices"
	"testing"

	"gatehouse/store"
)

// odd are keys that a driver might take for something else, in byte order.
var odd = []string{
	"\x00", "\x00\x00", "\x01", " ", "!", "%", "%%", "%a", "'", "*", "--", "A", "Z", "[a]", `\`, `\%`, "_", "_a",
	"a", "a\x00", "a%", "a/", "a/b", "a0", "aA", "aa", "a\xff", "a\xff\xff", "b", "ä", "日", "\xc3\x28", "\xfe", "\xff", "\xff\x00", "\xff\xff",
}

func putOdd(t *testing.T, kv store.KV) []string {
	t.Helper()
	sorted := slices.Sorted(slices.Values(odd))
	// Written backwards, so that the order of writing is not the order wanted.
	for _, key := range slices.Backward(sorted) {
		swap(t, kv, store.Item{Key: key, Value: []byte(key)})
	}
	return sorted
}

func testOrder(t *testing.T, kv store.KV) {
	sorted := putOdd(t, kv)
	wantKeys(t, kv, "", sorted...)
	for _, key := range sorted {
		wantItem(t, kv, store.Item{Key: key, Value: []byte(key), Version: 1})
	}
}

func testPrefix(t *testing.T, kv store.KV) {
	putOdd(t, kv)
	for _, test := range []struct {
		prefix string
		want   []string
	}{
		{"%", []string{"%", "%%", "%a"}},
		{"_", []string{"_", "_a"}},
		{`\`, []string{`\`, `\%`}},
		{"*", []string{"*"}},
		{"a/", []string{"a/", "a/b"}},
		{"a\xff", []string{"a\xff", "a\xff\xff"}},
		{"\xfe", []string{"\xfe"}},
		{"\xff", []string{"\xff", "\xff\x00", "\xff\xff"}},
		{"\xff\xff", []string{"\xff\xff"}},
		{"\xff\xff\xff", nil},
		{"\x00", []string{"\x00", "\x00\x00"}},
		{"aa", []string{"aa"}},
		{"nothing", nil},
	} {
		wantKeys(t, kv, test.prefix, test.want...)
	}
}

// many is more than a driver would read at once.
const many = 1500

func putMany(t *testing.T, kv store.KV) []string {
	t.Helper()
	var all []string
	for i := range many {
		key := fmt.Sprintf("many/%04d", i)
		all = append(all, key)
		swap(t, kv, store.Item{Key: key, Value: []byte(key)})
	}
	return all
}

func testScanMany(t *testing.T, kv store.KV) {
	all := putMany(t, kv)
	swap(t, kv, store.Item{Key: "man", Value: []byte("before")})
	swap(t, kv, store.Item{Key: "many0", Value: []byte("after")})
	if got := keys(t, kv, "many/"); !slices.Equal(got, all) {
		t.Errorf("scan = %d keys, want %d in order", len(got), len(all))
	}
}

func testScanBreak(t *testing.T, kv store.KV) {
	putOdd(t, kv)
	for range 20 { // a driver that leaks a reader would run out of them
		for range kv.Scan(t.Context(), "") {
			break
		}
	}
	swap(t, kv, store.Item{Key: "later", Value: []byte("x")})
}

func testScanWrites(t *testing.T, kv store.KV) {
	all := putMany(t, kv)
	seen := 0
	for item, err := range kv.Scan(t.Context(), "many/") {
		if err != nil {
			t.Fatal(err)
		}
		seen++
		wantItem(t, kv, item)
		switch seen % 3 {
		case 0:
			swap(t, kv, store.Item{Key: item.Key, Version: item.Version})
		case 1:
			swap(t, kv, store.Item{Key: item.Key, Version: item.Version, Value: []byte("new")})
		}
	}
	if seen != len(all) {
		t.Errorf("scan = %d items, want %d", seen, len(all))
	}
	if got, want := len(keys(t, kv, "many/")), len(all)-len(all)/3; got != want {
		t.Errorf("after deleting a third, scan = %d items, want %d", got, want)
	}
}
