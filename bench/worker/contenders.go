//go:build !js

package main

import (
	"fmt"
	"io"

	"gatehouse/bench/contest"
)

// The contenders that ratios are of.
const (
	gatehouseLegacy = "gatehouse, legacy"
	gatehouseModern = "gatehouse, modern"
	statelessLegacy = "stateless, legacy"
	statelessModern = "stateless, modern"
	agentLegacy     = "McpAgent, legacy"
	withoutKVLegacy = "stateless without KV, legacy"
	withoutKVModern = "stateless without KV, modern"
)

// contenders are all that are compared, in the order of the table.
func contenders(w *workshop) []*contest.Contender {
	return []*contest.Contender{
		{Name: gatehouseLegacy, Begin: w.begin(gatehouse), Against: statelessLegacy},
		{Name: gatehouseModern, Begin: w.begin(gatehouse), Against: statelessModern, Era: contest.Modern},
		{Name: statelessLegacy, Begin: w.begin(stateless)},
		{Name: statelessModern, Begin: w.begin(stateless), Era: contest.Modern},
		{Name: withoutKVLegacy, Begin: w.begin(withoutKV), Against: statelessLegacy},
		{Name: withoutKVModern, Begin: w.begin(withoutKV), Against: statelessModern, Era: contest.Modern},
		{Name: agentLegacy, Begin: w.begin(agent), Against: statelessLegacy},
	}
}

// aims are the ratios of calls per second that are aimed at.
var aims = []struct {
	of, to string
	least  float64
}{
	{gatehouseLegacy, statelessLegacy, 2},
	{gatehouseModern, statelessModern, 2},
	{gatehouseLegacy, agentLegacy, 3},
	{gatehouseModern, agentLegacy, 3},
	{gatehouseLegacy, withoutKVLegacy, 2},
	{gatehouseModern, withoutKVModern, 2},
}

// printRatios prints those whose two sides were measured.
func printRatios(out io.Writer, all []*contest.Contender) {
	rates := make(map[string]float64)
	for _, c := range all {
		rates[c.Name] = c.Rate()
	}
	fmt.Fprintln(out, "\nratios of calls per second")
	for _, a := range aims {
		if rates[a.of] > 0 && rates[a.to] > 0 {
			fmt.Fprintf(out, "  %s  %.2f × %s (aim: %g)\n", a.of, rates[a.of]/rates[a.to], a.to, a.least)
		}
	}
}
