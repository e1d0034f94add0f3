//go:build !js && !unix

package stdio

// guard does nothing here: children outlive a host that is killed, unless they
// heed the end of their input.
type guard struct{}

func (*guard) add(int) error { return nil }
func (*guard) drop(int)      {}
