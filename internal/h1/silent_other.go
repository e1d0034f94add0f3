//go:build !unix

package h1

type peek struct{}

// silent is not known here without a read that would wait.
func (c *conn) silent() bool { return true }
