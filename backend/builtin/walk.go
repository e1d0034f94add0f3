package builtin

import (
	"bytes"
	"math"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// fit holds arguments to the shape and returns them as Go can read them: JSON
// Schema calls 2.0 an integer, strconv does not.
func (s *shape) fit(arguments jsontext.Value) (jsontext.Value, error) {
	w := walkers.Get().(*walker)
	defer w.release()
	w.reset(arguments)
	if err := w.value(s); err != nil {
		return nil, err
	}
	return w.edited(arguments), nil
}

// walker goes over the tokens of one JSON text. It is pooled.
type walker struct {
	jsontext.Decoder
	buf   bytes.Buffer
	edits []edit
}

// edit is an integer that was written with a fraction or an exponent.
type edit struct {
	from, to int
	integer  int64
}

var walkers = sync.Pool{New: func() any { return new(walker) }}

func (w *walker) reset(data []byte) {
	// A Decoder reads a bytes.Buffer in place, so names that it returns stay
	// good while their values are walked.
	w.buf = *bytes.NewBuffer(data)
	w.Reset(&w.buf)
	w.edits = w.edits[:0]
}

func (w *walker) release() {
	w.reset(nil)
	walkers.Put(w)
}

func (w *walker) value(s *shape) *inputError {
	switch w.PeekKind() {
	case '{':
		return w.object(s)
	case '[':
		return w.array(s)
	}
	raw, err := w.ReadValue()
	if err != nil {
		return malformed(err)
	}
	switch raw.Kind() {
	case 'n':
		return s.want(isNull, "null")
	case 't', 'f':
		return s.want(isBoolean, "a boolean")
	case '"':
		return s.want(isString, "a string")
	default:
		return w.number(s, raw)
	}
}

func (w *walker) number(s *shape, raw jsontext.Value) *inputError {
	if s.kinds == 0 || s.kinds&(isNumber|isInteger) != 0 && s.minimum == nil && s.maximum == nil && !bytes.ContainsAny(raw, ".eE") {
		return nil
	}
	n, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return wrong("number out of range")
	}
	if s.kinds&isNumber == 0 {
		if err := s.want(isInteger, "a number"); err != nil {
			return err
		}
		if n != math.Trunc(n) {
			return wrong("want integer, got %s", raw)
		}
		if bytes.ContainsAny(raw, ".eE") && math.Abs(n) < 1<<53 {
			end := int(w.InputOffset())
			w.edits = append(w.edits, edit{end - len(raw), end, int64(n)})
		}
	}
	if s.minimum != nil && n < *s.minimum {
		return wrong("want at least %v, got %s", *s.minimum, raw)
	}
	if s.maximum != nil && n > *s.maximum {
		return wrong("want at most %v, got %s", *s.maximum, raw)
	}
	return nil
}

func (w *walker) array(s *shape) *inputError {
	if err := s.want(isArray, "an array"); err != nil {
		return err
	}
	if s.items == nil {
		return w.skip()
	}
	if _, err := w.ReadToken(); err != nil {
		return malformed(err)
	}
	n := 0
	for ; w.PeekKind() != ']'; n++ {
		if err := w.value(s.items); err != nil {
			return err.in(strconv.Itoa(n))
		}
	}
	if s.length != nil && n != *s.length {
		return wrong("want %d items, got %d", *s.length, n)
	}
	return w.end()
}

func (w *walker) object(s *shape) *inputError {
	if err := s.want(isObject, "an object"); err != nil {
		return err
	}
	if s.kinds == 0 {
		return w.skip()
	}
	if _, err := w.ReadToken(); err != nil {
		return malformed(err)
	}
	var few [64]bool
	seen := few[:]
	if len(s.required) > len(few) {
		seen = make([]bool, len(s.required))
	}
	for w.PeekKind() != '}' {
		name, err := w.ReadValue()
		if err != nil {
			return malformed(err)
		}
		name = name[1 : len(name)-1]
		if bytes.IndexByte(name, '\\') >= 0 {
			name, _ = jsontext.AppendUnquote(nil, `"`+string(name)+`"`)
		}
		p, known := s.properties[string(name)]
		switch {
		case known:
			if p.required >= 0 {
				seen[p.required] = true
			}
		case s.closed:
			return wrong("unknown property %q", name)
		default:
			p.shape = s.extra
		}
		if p.shape == nil {
			if err := w.skip(); err != nil {
				return err
			}
			continue
		}
		if err := w.value(p.shape); err != nil {
			return err.in(string(name))
		}
	}
	for i, name := range s.required {
		if !seen[i] {
			return wrong("missing required property %q", name)
		}
	}
	return w.end()
}

func (w *walker) skip() *inputError {
	if err := w.SkipValue(); err != nil {
		return malformed(err)
	}
	return nil
}

func (w *walker) end() *inputError {
	if _, err := w.ReadToken(); err != nil {
		return malformed(err)
	}
	return nil
}

func (w *walker) edited(arguments jsontext.Value) jsontext.Value {
	if len(w.edits) == 0 {
		return arguments
	}
	var out jsontext.Value
	from := 0
	for _, e := range w.edits {
		out = append(out, arguments[from:e.from]...)
		out = strconv.AppendInt(out, e.integer, 10)
		from = e.to
	}
	return append(out, arguments[from:]...)
}
