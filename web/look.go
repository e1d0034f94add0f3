package web

import (
	"crypto/sha256"
	_ "embed" // the style sheet and the mark
	"encoding/base64"
	"net/http"
	"strings"
	"sync"

	"gatehouse/internal/html"
)

//go:embed assets/style.css
var styleSheet string

//go:embed assets/mark.svg
var markImage []byte

// theLook is what all pages share.
type theLook struct {
	style html.HTML
	hash  string // of the style sheet, as a source of the policy
}

// look is made for the first page, not at start: a Worker that only serves
// tools never pays for it.
var look = sync.OnceValue(func() theLook {
	css := squeeze(styleSheet)
	sum := sha256.Sum256([]byte(css))
	return theLook{
		style: html.Style(css),
		hash:  "sha256-" + base64.StdEncoding.EncodeToString(sum[:]),
	}
})

// squeeze leaves out the indentation and the ends of lines, which a browser
// does not need.
func squeeze(css string) string {
	var b strings.Builder
	for line := range strings.Lines(css) {
		b.WriteString(strings.TrimSpace(line))
	}
	return b.String()
}

// Icon serves the mark as an image, for the browser's tabs.
func Icon(w http.ResponseWriter, _ *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", "image/svg+xml")
	h.Set("Cache-Control", "public, max-age=86400")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'")
	_, err := w.Write(markImage)
	return err
}
