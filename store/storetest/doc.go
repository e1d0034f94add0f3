// Package storetest is the suite that every driver of [store.KV] passes.
//
//	Run         the contract, item by item, on a store of its own for each
//	RunDurable  what a driver must find again after it was opened anew
//	Leave, Find the two halves of that, for a test that ends the process between them
//	RunCache    the contract of [store.Cache]
//
// A driver's own test calls these and adds what is particular to its medium. A
// defect found in one driver becomes a subtest here.
package storetest
