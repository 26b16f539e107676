package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/memberlist"
)

// peer is one node.
type peer struct {
	list      *memberlist.Memberlist
	config    *memberlist.Config
	transport *faulty
	hooks     *hooks
	out       *output
	left      bool
}

func start(s *settings) (*peer, error) {
	transport, err := bind(s)
	if err != nil {
		return nil, err
	}
	out := &output{ready: time.Now()}
	p := &peer{config: s.config, transport: transport, out: out}
	p.hooks = &hooks{
		out:        out,
		meta:       []byte(s.meta),
		ackPayload: bytesOrNone(s.ackPayload),
		localState: []byte(s.localState),
		seen:       make(map[string]bool),
		queue: &memberlist.TransmitLimitedQueue{
			NumNodes:       func() int { return max(p.members(), 1) },
			RetransmitMult: s.config.RetransmitMult,
		},
	}
	s.config.Transport = transport
	s.config.BindPort = transport.GetAutoBindPort()
	if s.config.AdvertisePort == 0 || s.config.AdvertiseAddr == "" {
		s.config.AdvertisePort = s.config.BindPort
	}
	s.config.Delegate, s.config.Conflict, s.config.Ping = p.hooks, p.hooks, p.hooks
	s.config.Events = &others{hooks: p.hooks, own: s.config.Name}
	if p.list, err = memberlist.Create(s.config); err != nil {
		return nil, err
	}
	out.event("ready", fields{"name": s.config.Name, "addr": transport.address(s.bind)})
	return p, nil
}

// bytesOrNone tells no bytes as none: the library writes an empty slice differently.
func bytesOrNone(text string) []byte {
	if text == "" {
		return nil
	}
	return []byte(text)
}

// others leaves out what the library tells of this node itself.
type others struct {
	*hooks
	own string
}

func (o *others) NotifyJoin(node *memberlist.Node) {
	if node.Name != o.own {
		o.hooks.NotifyJoin(node)
	}
}

func (o *others) NotifyUpdate(node *memberlist.Node) {
	if node.Name != o.own {
		o.hooks.NotifyUpdate(node)
	}
}

func (o *others) NotifyLeave(node *memberlist.Node) {
	if node.Name != o.own {
		o.hooks.NotifyLeave(node)
	}
}

func (p *peer) members() int {
	if p.list == nil {
		return 1
	}
	return p.list.NumMembers()
}

// answer carries out one line; false ends the program.
func (p *peer) answer(line string) bool {
	word, rest, _ := strings.Cut(strings.TrimLeft(line, " "), " ")
	if word == "" {
		return true
	}
	reply, err := p.run(word, rest)
	if err != nil {
		reply = fields{"error": err.Error()}
	}
	p.out.reply(word, reply)
	return word != "quit"
}

func (p *peer) run(word, rest string) (fields, error) {
	name, text, _ := strings.Cut(rest, " ")
	switch word {
	case "members":
		return p.listed(), nil
	case "join":
		reached, errors := p.join(strings.Fields(rest))
		return fields{"reached": reached, "errors": errors}, nil
	case "meta":
		p.hooks.setMeta([]byte(rest))
		return ok(p.list.UpdateNode(leaveTimeout))
	case "broadcast":
		p.hooks.broadcast(rest)
		return ok(nil)
	case "send":
		return p.send(name, text, p.list.SendReliable)
	case "send-packet":
		return p.send(name, text, p.list.SendBestEffort)
	case "ping":
		return p.ping(rest)
	case "key":
		return p.key(name, text)
	case "stats":
		return fields{"health": p.list.GetHealthScore(), "members": p.list.NumMembers()}, nil
	case "leave":
		return p.leave(rest)
	case "block", "unblock":
		for _, address := range strings.Fields(rest) {
			p.transport.block(address, word == "block")
		}
		return ok(nil)
	case "quit":
		return ok(nil)
	}
	return nil, fmt.Errorf("unknown command %q", word)
}

func ok(err error) (fields, error) { return fields{"ok": true}, err }

// listed is every member known, this node first, the others by name.
func (p *peer) listed() fields {
	known := records(p.list)
	own := p.config.Name
	sort.Slice(known, func(a, b int) bool {
		if (known[a].Name == own) != (known[b].Name == own) {
			return known[a].Name == own
		}
		return known[a].Name < known[b].Name
	})
	lines := make([]fields, 0, len(known))
	for _, r := range known {
		lines = append(lines, fields{
			"name": r.Name, "addr": r.Address(), "meta": text(r.Meta),
			"state": r.state(), "incarnation": r.Incarnation,
			"versions": []int{int(r.PMin), int(r.PMax), int(r.PCur), int(r.DMin), int(r.DMax), int(r.DCur)},
		})
	}
	return fields{"members": lines}
}

// join tries one seed after the other, so that each has an outcome of its own.
func (p *peer) join(seeds []string) (int, []fields) {
	reached, errors := 0, []fields{}
	for _, seed := range seeds {
		if _, err := p.list.Join([]string{seed}); err != nil {
			errors = append(errors, fields{"seed": seed, "error": err.Error()})
			continue
		}
		reached++
	}
	return reached, errors
}

func (p *peer) member(name string) (*memberlist.Node, error) {
	for _, node := range p.list.Members() {
		if node.Name == name {
			return node, nil
		}
	}
	return nil, fmt.Errorf("no member is called %q", name)
}

func (p *peer) send(name, text string, send func(*memberlist.Node, []byte) error) (fields, error) {
	node, err := p.member(name)
	if err != nil {
		return nil, err
	}
	return ok(send(node, []byte(text)))
}

func (p *peer) ping(name string) (fields, error) {
	node, err := p.member(name)
	if err != nil {
		return nil, err
	}
	rtt, err := p.list.Ping(node.Name, &net.UDPAddr{IP: node.Addr, Port: int(node.Port)})
	return fields{"name": name, "rtt_us": rtt.Microseconds()}, err
}

func (p *peer) key(action, text string) (fields, error) {
	ring := p.config.Keyring
	if ring == nil {
		return nil, errors.New("this node was started without keys")
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	change := map[string]func([]byte) error{
		"add": ring.AddKey, "use": ring.UseKey, "remove": ring.RemoveKey,
		"list": func([]byte) error { return nil },
	}[action]
	if change == nil {
		return nil, fmt.Errorf("unknown action %q", action)
	}
	if err := change(key); err != nil {
		return nil, err
	}
	keys := []string{}
	for _, key := range slices.Clone(ring.GetKeys()) {
		keys = append(keys, base64.StdEncoding.EncodeToString(key))
	}
	return fields{"keys": keys, "primary": keys[0]}, nil
}

func (p *peer) leave(seconds string) (fields, error) {
	timeout := leaveTimeout
	if seconds != "" {
		number, err := strconv.ParseFloat(seconds, 64)
		if err != nil {
			return nil, err
		}
		timeout = time.Duration(number * float64(time.Second))
	}
	p.left = true
	return ok(p.list.Leave(timeout))
}

// end says goodbye if that has not been done, and frees the ports.
func (p *peer) end() {
	if !p.left {
		p.list.Leave(leaveTimeout)
	}
	p.list.Shutdown()
	p.out.event("stopped", fields{})
}
