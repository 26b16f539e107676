package main

import (
	"errors"
	"log"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"
)

// faulty is the library's own transport with datagrams that get lost. Streams are left alone.
type faulty struct {
	*memberlist.NetTransport
	lose    int
	packets chan *memberlist.Packet
	lock    sync.Mutex
	blocked map[string]bool
}

// Ports are free on one plane and taken on the other now and then.
const bindTries = 10

func bind(s *settings) (*faulty, error) {
	var inner *memberlist.NetTransport
	var err error
	for range bindTries {
		inner, err = memberlist.NewNetTransport(&memberlist.NetTransportConfig{
			BindAddrs: []string{s.bind},
			BindPort:  s.port,
			Logger:    log.New(s.config.LogOutput, "", log.LstdFlags),
		})
		if err == nil || s.port != 0 {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	t := &faulty{
		NetTransport: inner,
		lose:         s.lose,
		packets:      make(chan *memberlist.Packet),
		blocked:      make(map[string]bool),
	}
	go t.receive()
	return t, nil
}

// address is where it is bound.
func (t *faulty) address(host string) string {
	return net.JoinHostPort(host, strconv.Itoa(t.GetAutoBindPort()))
}

func (t *faulty) receive() {
	for packet := range t.NetTransport.PacketCh() {
		if !t.isBlocked(packet.From.String()) {
			t.packets <- packet
		}
	}
}

func (t *faulty) isBlocked(peer string) bool {
	t.lock.Lock()
	defer t.lock.Unlock()
	return t.blocked[peer]
}

// block says whether datagrams to and from peer are lost from now on.
func (t *faulty) block(peer string, lost bool) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.blocked[peer] = lost
}

func (t *faulty) PacketCh() <-chan *memberlist.Packet { return t.packets }

func (t *faulty) WriteTo(bytes []byte, to string) (time.Time, error) {
	return t.WriteToAddress(bytes, memberlist.Address{Addr: to})
}

func (t *faulty) WriteToAddress(bytes []byte, to memberlist.Address) (time.Time, error) {
	if !isLocal(to.Addr) || t.isBlocked(to.Addr) || rand.IntN(100) < t.lose {
		return time.Now(), nil
	}
	return t.NetTransport.WriteToAddress(bytes, to)
}

func (t *faulty) DialTimeout(to string, timeout time.Duration) (net.Conn, error) {
	return t.DialAddressTimeout(memberlist.Address{Addr: to}, timeout)
}

func (t *faulty) DialAddressTimeout(to memberlist.Address, timeout time.Duration) (net.Conn, error) {
	if !isLocal(to.Addr) {
		return nil, errors.New("only this machine is reached")
	}
	return t.NetTransport.DialAddressTimeout(to, timeout)
}

// isLocal says whether an address is on this machine. Tests send what is made up, with addresses
// of strangers in it, and nothing must get there.
func isLocal(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}
