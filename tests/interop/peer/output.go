package main

import (
	"encoding/json"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// fields is one line.
type fields map[string]any

// output writes one line for each thing, whole.
type output struct {
	lock  sync.Mutex
	ready time.Time
}

// event writes a line without being asked.
func (o *output) event(kind string, line fields) {
	line["event"] = kind
	o.print(line)
}

// timed is an event with the time since ready.
func (o *output) timed(kind string, line fields) {
	line["at_ms"] = time.Since(o.ready).Milliseconds()
	o.event(kind, line)
}

// reply answers a command.
func (o *output) reply(word string, line fields) {
	line["reply"] = word
	o.print(line)
}

func (o *output) print(line fields) {
	bytes, err := json.Marshal(line)
	if err != nil {
		fail(1, err)
	}
	o.lock.Lock()
	defer o.lock.Unlock()
	os.Stdout.Write(append(bytes, '\n'))
}

// text is bytes as text: what is UTF-8 as it is, each other byte as the character of its number.
func text(bytes []byte) string {
	var out strings.Builder
	for len(bytes) > 0 {
		char, size := utf8.DecodeRune(bytes)
		if char == utf8.RuneError && size == 1 {
			char = rune(bytes[0])
		}
		out.WriteRune(char)
		bytes = bytes[size:]
	}
	return out.String()
}
