package builtin

import "github.com/go-json-experiment/json/jsontext"

// succeeded is the result of a call that went well: the value, and the same
// as text for clients that know no structured content.
func succeeded(out jsontext.Value, modern bool) jsontext.Value {
	b := make([]byte, 0, len(out)*2+len(out)/4+128)
	b = begin(b, modern)
	b = append(b, `"content":[{"type":"text","text":`...)
	b = quote(b, out)
	b = append(b, `}],"structuredContent":`...)
	b = append(b, out...)
	return append(b, '}')
}

// failed is the result of a call that went wrong, in words that the model can
// act on.
func failed(err error, modern bool) jsontext.Value {
	b := begin(nil, modern)
	b = append(b, `"content":[{"type":"text","text":`...)
	b = quote(b, err.Error())
	return append(b, `}],"isError":true}`...)
}

func begin(b []byte, modern bool) []byte {
	if modern {
		return append(b, `{"resultType":"complete",`...)
	}
	return append(b, '{')
}

// quote is the JSON string of s.
func quote[S ~string | ~[]byte](b []byte, s S) []byte {
	b, err := jsontext.AppendQuote(b, s)
	if err != nil { // invalid UTF-8, which AppendQuote has replaced
		return b
	}
	return b
}
