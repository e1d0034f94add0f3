// Package web draws the pages that people see: home, login, consent, errors
// and short messages.
//
//	handler -> Pages.Consent(w, Consent{…}) -> template -> buffer -> answer
//
// A page is drawn into memory first, so a template that fails becomes a clean
// error and never half a page. Pages load nothing from elsewhere and run no
// script: the one style sheet is in the page, and its hash in the policy that
// every page is sent with.
package web
