package main

import "testing"

func TestGreet(t *testing.T) {
	got, err := greet(t.Context(), name{"Ada"})
	if want := "Hello, Ada!"; err != nil || got.Text != want {
		t.Errorf("greet = %q, %v, want %q", got.Text, err, want)
	}
	if _, err := greet(t.Context(), name{}); err == nil {
		t.Error("nobody is greeted")
	}
}

func TestToolsCanBeServed(t *testing.T) {
	if _, err := tools().Mount(); err != nil {
		t.Error(err)
	}
}
