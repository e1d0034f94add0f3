//go:build js && wasm

package worker

import (
	"context"
	"errors"
	"syscall/js"

	"gatehouse/internal/jsrt"
	"gatehouse/store"
)

// binding is the namespace of all objects.
const binding = "GATEHOUSE"

// storeOf returns the store of an object with kv in it, that is one of as many
// as the variable says.
func storeOf(kv store.KV, object js.Value, variable string) (*shards, error) {
	count, err := shardCount(variable)
	if err != nil {
		return nil, err
	}
	all := peers{object.Get("env").Get(binding)}
	s := &shards{own: kv, count: count, ask: all.ask}
	if count > 1 {
		s.number = all.number(object.Get("ctx").Get("id"), count)
	}
	return s, nil
}

// peers are the objects of the namespace.
type peers struct{ namespace js.Value }

// number finds which one has the id. One that was a shard when there were more
// is asked by nobody, and keeps what it has until that expires.
func (p peers) number(id js.Value, count int) int {
	for shard := range count {
		if p.namespace.Call("idFromName", objectName(shard)).Call("equals", id).Bool() {
			return shard
		}
	}
	return count
}

// ask asks the object of a shard. What JavaScript does with a question is the
// method ask of object.mjs, which no request from outside can reach.
func (p peers) ask(ctx context.Context, shard int, question []byte) ([]byte, error) {
	promise, err := jsrt.Try(func() js.Value {
		return p.namespace.Call("getByName", objectName(shard)).Call("ask", jsrt.Bytes(question))
	})
	if err != nil {
		return nil, err
	}
	answer, err := jsrt.Await(ctx, promise)
	if err != nil {
		return nil, err
	}
	if answer := jsrt.ReadBytes(answer); len(answer) > 0 {
		return answer, nil
	}
	return nil, errors.New("no answer")
}
