package web

import (
	"net/http"
	"strconv"

	"gatehouse/internal/html"
)

// Pages draws the pages of one issuer.
type Pages struct {
	Base string // the path of the issuer's URL, "" if it has none
}

// page is what one page has of its own.
type page struct {
	status      int
	title       string
	narrow      bool
	main        html.HTML
	footer      html.HTML
	formTargets []string // where its forms may lead besides this host
}

func (p Pages) write(w http.ResponseWriter, page page) error {
	body := p.draw(page).String()
	setHeaders(w.Header(), page.formTargets...)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(page.status)
	_, err := w.Write([]byte(body))
	return err
}

// draw puts a page into the frame that all share.
func (p Pages) draw(page page) html.HTML {
	width := ""
	if page.narrow {
		width = "narrow"
	}
	return html.Join(
		html.Raw("<!doctype html>\n"),
		html.El(`html lang="en"`,
			html.El("head",
				html.Raw(`<meta charset="utf-8">`),
				html.Raw(`<meta name="viewport" content="width=device-width, initial-scale=1">`),
				html.Raw(`<meta name="robots" content="noindex">`),
				html.El("title", html.Text(page.title+" · Gatehouse")),
				html.Void(`link rel="icon" type="image/svg+xml"`, html.Href(p.Base+"/favicon.svg")),
				look().style,
			),
			html.El("body", html.Class(width),
				html.Raw(`<a class="skip" href="#main">Skip to the content</a>`),
				html.El("header", html.El(`a class="brand"`, html.Href(p.Base+"/"), mark, html.Text("Gatehouse"))),
				html.El(`main id="main"`, page.main),
				page.footer,
			),
		),
		html.Raw("\n"),
	)
}

var (
	mark = html.Raw(`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">` +
		`<path fill="currentColor" d="M3 29V5h5v4h5V5h6v4h5V5h5v24h-8v-8a5 5 0 0 0-10 0v8z"/></svg>`)
	tick = html.Raw(`<svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">` +
		`<path fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" d="m4 10.5 4 4 8-9"/></svg>`)
)

// plain is a text that strangers chose, in a sentence.
func plain(s string) html.HTML { return html.Text(Plain(s)) }

// strong is a text that strangers chose, to be noticed.
func strong(s string) html.HTML { return html.El("strong", plain(s)) }

// when is the piece if there is a reason for it, and nothing else.
func when(reason bool, piece html.HTML) html.HTML {
	if reason {
		return piece
	}
	return html.HTML{}
}

// each is a piece for every item.
func each[T any](items []T, piece func(int, T) html.HTML) html.HTML {
	all := make([]html.HTML, len(items))
	for i, item := range items {
		all[i] = piece(i, item)
	}
	return html.Join(all...)
}
