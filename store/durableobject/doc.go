// Package durableobject keeps items in the SQLite of a Durable Object, for a
// host in a Cloudflare Worker.
//
//	Get, Scan, Swap -> ctx.storage.sql, which answers at once -> the object's own file
//
// One object has one thread, and a statement is done when the call that runs it
// returns. So a [KV.Swap] is one statement, and nobody comes between.
//
// The write is on its way to the disk by then. The object's output gate holds
// back every answer, every chunk of a stream and every outgoing request until
// it has arrived, so nobody outside hears of a write that can still be lost.
//
// Tests of this package run inside workerd. Natively there is only the test
// that takes them there, and that one wants GATEHOUSE_E2E.
package durableobject
