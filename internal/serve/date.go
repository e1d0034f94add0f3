package serve

import (
	"net/http"
	"sync"
	"time"
)

// date is the Date of answers, which is written once in a second.
type date struct {
	mu     sync.Mutex
	second int64
	text   []byte
}

func (d *date) append(b []byte, now time.Time) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	if second := now.Unix(); second != d.second {
		d.second, d.text = second, now.UTC().AppendFormat(d.text[:0], http.TimeFormat)
	}
	return append(b, d.text...)
}
