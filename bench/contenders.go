package main

import (
	"fmt"

	"gatehouse/bench/contest"
)

// contenders are all that are compared, in the order of the table.
func contenders() []*contest.Contender {
	self, modern, sameGC := contest.Self, contest.Modern, contest.SameGC
	tool, hosted := contest.Built("cmd/gatehouse", config), contest.Built("bench/hosted", config)
	return []*contest.Contender{
		{Name: "floor", Begin: self("floor"), Fixed: fmt.Append(nil, floorSum)},
		{Name: "sdk, legacy", Begin: self("sdk-stateful"), Against: "floor"},
		{Name: "sdk, modern", Begin: self("sdk-stateless"), Against: "floor", Era: modern},
		{Name: "gatehouse tool, legacy", Begin: tool, Against: "floor", Most: 2},
		{Name: "gatehouse tool, modern", Begin: tool, Against: "floor", Most: 2, Era: modern},
		{Name: "hosted sdk, legacy", Begin: hosted, Against: "sdk, legacy"},
		{Name: "hosted sdk, modern", Begin: hosted, Against: "sdk, modern", Era: modern},
		{Name: "sdk, legacy, GOGC=800", Begin: self("sdk-stateful"), Env: sameGC, Against: "floor"},
		{Name: "sdk, modern, GOGC=800", Begin: self("sdk-stateless"), Env: sameGC, Against: "floor", Era: modern},
		{Name: "hosted sdk, legacy, GOGC=800", Begin: hosted, Env: sameGC, Against: "sdk, legacy, GOGC=800", Most: 1},
		{Name: "hosted sdk, modern, GOGC=800", Begin: hosted, Env: sameGC, Against: "sdk, modern, GOGC=800", Most: 1, Era: modern},
	}
}

// config lets one person hold all the sessions that are weighed.
const config = "limits: {sessions: 100000}\n"
