package oauth

import (
	"net/http"
	"strings"
)

// Error codes of RFC 6749 and its companions.
const (
	InvalidRequest          = "invalid_request"
	InvalidClient           = "invalid_client"
	InvalidGrant            = "invalid_grant"
	UnauthorizedClient      = "unauthorized_client"
	UnsupportedGrantType    = "unsupported_grant_type"
	UnsupportedResponseType = "unsupported_response_type"
	UnsupportedTokenType    = "unsupported_token_type" // RFC 7009
	InvalidScope            = "invalid_scope"
	InvalidTarget           = "invalid_target" // RFC 8707
	AccessDenied            = "access_denied"
	ServerError             = "server_error"
	TemporarilyUnavailable  = "temporarily_unavailable"
	InvalidToken            = "invalid_token" // RFC 6750
	InsufficientScope       = "insufficient_scope"
	InvalidClientMetadata   = "invalid_client_metadata" // RFC 7591
	InvalidRedirectURI      = "invalid_redirect_uri"
	LoginRequired           = "login_required" // OpenID Connect Core
	ConsentRequired         = "consent_required"
	RequestNotSupported     = "request_not_supported" // RFC 9101
	RequestURINotSupported  = "request_uri_not_supported"
)

// Error is a failure that the OAuth standards give a code to. Description is
// read by strangers; Err is for the operator's log.
type Error struct {
	Code        string
	Description string
	Err         error
}

// Fail returns an error with its code and a sentence that says what to do.
func Fail(code, description string) *Error {
	return &Error{Code: code, Description: description}
}

func (e *Error) Error() string {
	s := e.Code + ": " + e.Description
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// Text is the description as the standards allow it to be sent: printable
// ASCII without quotes and backslashes (RFC 6749, section 5.2).
func (e *Error) Text() string { return describe(e.Description) }

func describe(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '"':
			return '\''
		case r == '\\':
			return '/'
		case r < ' ' || r >= 0x7f:
			return '?'
		}
		return r
	}, s)
}

// Status is the HTTP status that a JSON answer with this error has
// (RFC 6749, section 5.2).
func (e *Error) Status() int {
	switch e.Code {
	case InvalidClient, InvalidToken:
		return http.StatusUnauthorized
	case InsufficientScope:
		return http.StatusForbidden
	case TemporarilyUnavailable:
		return http.StatusServiceUnavailable
	case ServerError:
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}
