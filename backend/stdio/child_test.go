//go:build !js

package stdio

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The servers of these tests are the test binary itself, told by its
// environment which one to be.
const childName = "STDIO_TEST_CHILD"

// childEnv is the environment of a child. With the race detector, it need not
// wait a second before it ends.
func childEnv(child string) map[string]string {
	return map[string]string{childName: child, "GORACE": "atexit_sleep_ms=0"}
}

func TestMain(m *testing.M) {
	if behave, ok := children[os.Getenv(childName)]; ok {
		behave()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var children = map[string]func(){
	"echo":     echo,
	"die":      func() { fmt.Fprintln(os.Stderr, "cannot go on"); os.Exit(3) },
	"banner":   banner,
	"flood":    flood,
	"endless":  endless,
	"deaf":     forever,
	"mute":     func() { os.Stdout.Close(); forever() },
	"stubborn": stubborn,
	"fork":     fork,
	"grow":     grow,
	"env":      environ,
	"host":     host,
	"suite":    suite,
	"slow":     func() { time.Sleep(300 * time.Millisecond); echo() },
}

// echo answers each request with its own bytes as the result.
func echo() {
	in := bufio.NewReader(os.Stdin)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		if strings.Contains(line, `"die"`) {
			os.Exit(4)
		}
		if strings.Contains(line, `"id":`) && !strings.Contains(line, `"never"`) {
			id := strings.TrimPrefix(line, `{"jsonrpc":"2.0","id":`)
			id, _, _ = strings.Cut(id, ",")
			fmt.Printf(`{"result":{"echo":%s},"jsonrpc":"2.0","id":%s}`+"\n", line, id)
		}
	}
}

func forever() {
	for {
		time.Sleep(time.Hour)
	}
}

// banner prints what package managers and frameworks print.
func banner() {
	fmt.Print("npm notice New major version\n\n  \n[info] {ready}\n{\n  \"pretty\": true\n}\n")
	echo()
}

// flood says more than anybody wants to read, and answers all the same.
func flood() {
	for i := range 100_000 {
		fmt.Fprintf(os.Stderr, "line %d of too many\n", i)
	}
	fmt.Fprintln(os.Stderr, strings.Repeat("long ", 1_000_000))
	echo()
}

func endless() {
	fmt.Print(`{"jsonrpc":"2.0","id":1,"result":"`)
	for {
		if _, err := fmt.Print(strings.Repeat("x", 1<<16)); err != nil {
			return
		}
	}
}

// stubborn heeds neither the end of its input nor signals.
func stubborn() {
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go echo()
	forever()
}

// fork starts a child that stays in the group, one with a session of its own,
// and one whose parent is gone, all of them stubborn and holding its pipes.
func fork() {
	for _, script := range []string{
		`trap "" TERM; sleep 1000; sleep 1000`,
		`exec setsid sh -c 'trap "" TERM; sleep 1000; sleep 1000'`,
		`(setsid sh -c 'trap "" TERM; sleep 1000; sleep 1000' &) &`,
	} {
		cmd := exec.Command("sh", "-c", script)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		if err := cmd.Start(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	echo()
}

// grow takes memory when it is asked for the first time.
func grow() {
	bufio.NewReader(os.Stdin).ReadString('\n')
	for i := 0; ; i += 4 << 10 {
		if i%(1<<20) == 0 {
			taken = append(taken, make([]byte, 1<<20)...)
			time.Sleep(time.Millisecond)
		}
		taken[i] = 1
	}
}

var taken []byte

// environ shows what it has been given, on both outputs.
func environ() {
	for _, variable := range os.Environ() {
		fmt.Fprintln(os.Stderr, "has", variable)
	}
	dir, _ := os.Getwd()
	fmt.Printf(`{"jsonrpc":"2.0","id":1,"result":{"dir":%q,"env":%q,"args":%q}}`+"\n", dir, strings.Join(os.Environ(), "\n"), strings.Join(os.Args, " "))
	echo()
}

// host is a host of its own with a server that forks. It says by which mark
// the family is known, once that is complete.
func host() {
	d, err := New(Config{Command: os.Args[0], Env: childEnv("fork")})
	if err != nil {
		panic(err)
	}
	conn, err := d.Dial(context.Background(), "")
	if err != nil {
		panic(err)
	}
	conn.Send(context.Background(), []byte(`{"jsonrpc":"2.0","id":1,"method":"x"}`))
	conn.Receive()
	fmt.Println(conn.(*process).mark)
	forever()
}
