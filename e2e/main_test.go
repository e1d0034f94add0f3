package e2e

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"gatehouse/e2e/person"
	"gatehouse/e2e/server"
)

// browser is the variable that makes this test's binary the browser of a
// client. The client runs it with the URL to open.
const browser = "GATEHOUSE_E2E_BROWSER"

// What the browser does with the redirect at the end.
const (
	visit  = "visit"  // opens it, as browsers do
	follow = "follow" // prints it, for a client that does not listen
)

func TestMain(m *testing.M) {
	if mode := os.Getenv(browser); mode != "" {
		if err := browse(mode, os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(server.Run(m))
}

func browse(mode, url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ada := person.New("ada")
	if mode == visit {
		return ada.Visit(ctx, url)
	}
	away, err := ada.Follow(ctx, url)
	if err != nil {
		return err
	}
	fmt.Println(away)
	return nil
}
