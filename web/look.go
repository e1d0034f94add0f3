package web

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
	"sync"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets/style.css
var styleSheet string

//go:embed assets/mark.svg
var markImage []byte

// theLook is what all pages share, once it is parsed.
type theLook struct {
	templates *template.Template
	style     template.HTML
	hash      string // of the style sheet, as a source of the policy
}

// look parses the templates at the first page, not at start: a Worker that
// only serves tools never pays for it.
var look = sync.OnceValue(func() theLook {
	css := squeeze(styleSheet)
	sum := sha256.Sum256([]byte(css))
	functions := template.FuncMap{"plain": Plain, "initial": initial}
	return theLook{
		templates: template.Must(template.New("").Funcs(functions).ParseFS(templateFiles, "templates/*.html")),
		style:     template.HTML("<style>" + css + "</style>"),
		hash:      "sha256-" + base64.StdEncoding.EncodeToString(sum[:]),
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
