//go:build js && wasm

package durableobject

import (
	"errors"
	"flag"
	"fmt"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// Each of these runs in a process of its own, over the files of one object.

func TestLeave(t *testing.T) { storetest.Leave(t, openEmpty(t)) }
func TestFind(t *testing.T)  { storetest.Find(t, openAgain(t)) }

var writes = flag.Int64("writes", 0, "how many writes TestWrite does, or TestWritten looks for")

// TestWrite writes one key again and again, and says how often it did.
func TestWrite(t *testing.T) {
	kv := openEmpty(t)
	for n := range *writes {
		if err := kv.Swap(t.Context(), store.Item{Key: "a", Value: fmt.Append(nil, n+1), Version: n}); err != nil {
			t.Fatal(err)
		}
		fmt.Println("written", n+1)
		time.Sleep(time.Millisecond) // JavaScript sends it now
	}
}

// TestWritten looks for what TestWrite said.
func TestWritten(t *testing.T) {
	kv := openAgain(t)
	item, err := kv.Get(t.Context(), "a")
	if *writes == 0 && errors.Is(err, fault.NotFound) {
		return
	}
	if err != nil || item.Version < *writes || string(item.Value) != fmt.Sprint(item.Version) {
		t.Errorf("get = %q at %d, %v, want at least %d", item.Value, item.Version, err, *writes)
	}
}
