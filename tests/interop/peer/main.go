// One node of the Go library as a program, with the contract of the agent in examples/agent: lines
// in on standard input, lines of JSON out on standard output. The tests beside it drive both.
//
// What it has besides, for faults that only a transport can make:
//
//	--lose PERCENT      datagrams that are lost, in each direction; streams are left alone
//	block ADDR…         no datagrams to or from there any more
//	unblock ADDR…       they go through again
package main

import (
	"bufio"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// A goodbye may take so long when nobody says otherwise.
const leaveTimeout = 5 * time.Second

func main() {
	settings, err := parse(os.Args[1:])
	if err != nil {
		fail(2, err)
	}
	peer, err := start(settings)
	if err != nil {
		fail(1, err)
	}
	if len(settings.join) > 0 {
		reached, errors := peer.join(settings.join)
		peer.out.event("joined", fields{"requested": len(settings.join), "reached": reached, "errors": errors})
	}
	serve(peer)
	peer.end()
}

// serve carries out one line after the other, until the input ends, quit, or a signal.
func serve(peer *peer) {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	lines := make(chan string)
	go func() {
		defer close(lines)
		input := bufio.NewScanner(os.Stdin)
		input.Buffer(nil, 1<<20)
		for input.Scan() {
			lines <- input.Text()
		}
	}()
	for {
		select {
		case <-stop:
			return
		case line, open := <-lines:
			if !open || !peer.answer(line) {
				return
			}
		}
	}
}

func fail(status int, err error) {
	fmt.Fprintf(os.Stderr, "peer: %v\n", err)
	os.Exit(status)
}
