// Package events reads streams of server-sent events (WHATWG HTML, section
// 9.2) from servers that nobody vouches for.
//
//	body -> lines -> fields -> Event
//
// A line ends with a line feed, a carriage return or both; an empty one ends
// an event. What is kept of a stream is bounded, whatever it says.
package events
