package contest

import (
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	for _, tt := range []struct {
		name, stat string
		want       time.Duration
		fails      bool
	}{
		{
			name: "user and system time are added",
			stat: "42 (floor) S 1 42 42 0 -1 4194304 1000 0 0 0 150 50 0 0 20 0 9 0 100 1 1 1",
			want: 2 * time.Second,
		},
		{
			name: "a name with brackets and blanks",
			stat: "42 (a) b (c) S 1 42 42 0 -1 4194304 1000 0 0 0 1 2 0 0 20 0 9 0 100 1 1 1",
			want: 30 * time.Millisecond,
		},
		{name: "nothing", stat: "", fails: true},
		{name: "too few fields", stat: "42 (x) S 1 2 3", fails: true},
		{name: "words for numbers", stat: "42 (x) S 1 42 42 0 -1 0 0 0 0 0 a b 0 0 20 0 9", fails: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseStat([]byte(tt.stat))
			if (err != nil) != tt.fails {
				t.Fatalf("parseStat = %v, want an error: %v", err, tt.fails)
			}
			if err == nil && got != tt.want {
				t.Errorf("parseStat = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestParseRSS(t *testing.T) {
	got, err := parseRSS([]byte("Name:\tx\nVmRSS:\t   2048 kB\nThreads:\t1\n"))
	if err != nil || got != 2<<20 {
		t.Errorf("parseRSS = %d, %v, want 2 MiB", got, err)
	}
	if _, err := parseRSS([]byte("Name:\tx\n")); err == nil {
		t.Error("parseRSS found memory where none was named")
	}
}
