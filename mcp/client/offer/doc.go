// Package offer reads what a server offers: what it says of itself, and its
// lists of tools, prompts, resources and resource templates.
//
//	Welcome, Discovery -> About
//	Source.Read -> the four lists side by side, page by page
//	            -> what cannot be offered is left out -> Offer
//
// How the server is asked is a function of the caller. What is read is bounded,
// and what is malformed is a failure or left out: nothing of it is trusted.
package offer
