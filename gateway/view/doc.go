// Package view is what clients see of the entries that a backend lists: which of
// them, in which words, and under which names.
//
//	entry -> Selection.Shows -> Names.Pick -> Override.Apply -> what clients see
//	URI   -> Selection.Hides: whether it must not be reached, though no list names it
//
// What an operator says goes before what a backend says. A name depends on
// nothing but itself and those before it, so it is the same tomorrow.
package view
