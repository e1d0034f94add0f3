package main

import "testing"

func TestParseTrace(t *testing.T) {
	for _, tt := range []struct {
		name, said string
		live       int64
		runs       int
	}{
		{"nothing yet", "listening on 127.0.0.1:1\n", 0, 0},
		{
			"the last of two, other lines between",
			"gc 1 @0.012s 2%: 0.02+0.5+0.01 ms clock, 0.04+0.1/0.4/0.9+0.02 ms cpu, 4->5->3 MB, 4 MB goal, 0 MB stacks, 0 MB globals, 2 P\n" +
				"level=INFO msg=\"request\" 1->2->9 MB\n" +
				"gc 2 @0.112s 2%: 0.02+0.5+0.01 ms clock, 0.04+0.1/0.4/0.9+0.02 ms cpu, 6->6->41 MB, 8 MB goal, 0 MB stacks, 0 MB globals, 2 P\n",
			41 << 20, 2,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if live, runs := parseTrace([]byte(tt.said)); live != tt.live || runs != tt.runs {
				t.Errorf("parseTrace = %d, %d, want %d, %d", live, runs, tt.live, tt.runs)
			}
		})
	}
}
