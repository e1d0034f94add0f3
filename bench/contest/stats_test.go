package contest

import (
	"testing"
	"time"
)

func TestPercentile(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	for _, tt := range []struct {
		name   string
		sorted []time.Duration
		p      float64
		want   time.Duration
	}{
		{"of nothing", nil, 50, 0},
		{"of one value", []time.Duration{7}, 99, 7},
		{"the half of a hundred", hundred, 50, 50},
		{"all but one of a hundred", hundred, 99, 99},
		{"all of them", hundred, 100, 100},
		{"none of them", hundred, 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := percentile(tt.sorted, tt.p); got != tt.want {
				t.Errorf("percentile = %d, want %d", got, tt.want)
			}
		})
	}
}

func TestMedian(t *testing.T) {
	for _, tt := range []struct {
		name   string
		values []float64
		want   float64
	}{
		{"of nothing", nil, 0},
		{"an odd number, unsorted", []float64{9, 1, 5}, 5},
		{"an even number", []float64{4, 1, 2, 3}, 2.5},
		{"an outlier does not move it", []float64{1, 2, 1000}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := median(tt.values); got != tt.want {
				t.Errorf("median = %v, want %v", got, tt.want)
			}
		})
	}
}
