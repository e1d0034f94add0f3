// Package web draws the pages that people see: home, login, consent, errors
// and short messages.
//
//	handler -> Pages.Consent(w, Consent{…}) -> html.HTML -> answer
//
// Each page has a file with what it shows and how. Package html sees to it that
// no text in one is read as markup. Pages load nothing from elsewhere and run
// no script: the one style sheet is in the page, and its hash in the policy
// that every page is sent with.
package web
