// Package workerskv is a cache in a KV namespace of Cloudflare Workers.
//
//	Get, Put -> await NAMESPACE.get, put, delete -> the data centre, and later all of them
//
// All objects of a Worker share it. A data centre may return what it read up to
// a minute before, also that there was nothing.
//
// Its test runs in a Worker. Natively there is only the one that takes it
// there, and that one wants GATEHOUSE_E2E.
package workerskv
