package main

import (
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/memberlist"
)

// settings is what was typed, checked.
type settings struct {
	config     *memberlist.Config
	bind       string
	port       int
	join       []string
	meta       string
	ackPayload string
	localState string
	lose       int
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}

// typed is the flags as they stand.
type typed struct {
	name, bind, advertise, profile, label, compress, wire string
	join, set, keys                                       list
	verifyIncoming, verifyOutgoing                        string
	log, checksum                                         string
}

func parse(args []string) (*settings, error) {
	var t typed
	s := &settings{}
	flags := flag.NewFlagSet("peer", flag.ContinueOnError)
	flags.StringVar(&t.name, "name", "", "node id")
	flags.StringVar(&t.bind, "bind", "127.0.0.1:7946", "where to listen")
	flags.StringVar(&t.advertise, "advertise", "", "what others are told")
	flags.Var(&t.join, "join", "a seed, repeatable")
	flags.StringVar(&t.profile, "profile", "lan", "local, lan or wan")
	flags.Var(&t.set, "set", "KEY=VALUE, repeatable")
	flags.StringVar(&t.wire, "wire", "msgpack", "there is no other")
	flags.StringVar(&t.label, "label", "", "label of the cluster")
	flags.Var(&t.keys, "key", "BASE64, repeatable; the first is the primary one")
	flags.StringVar(&t.verifyIncoming, "verify-incoming", "true", "BOOL")
	flags.StringVar(&t.verifyOutgoing, "verify-outgoing", "true", "BOOL")
	flags.StringVar(&t.compress, "compress", "lzw", "none or lzw")
	flags.StringVar(&t.checksum, "checksum", "none", "decided by the protocol version")
	flags.StringVar(&s.meta, "meta", "", "what this node tells about itself")
	flags.StringVar(&s.ackPayload, "ack-payload", "", "what it adds to its acks")
	flags.StringVar(&s.localState, "local-state", "", "what it adds to its full exchanges")
	flags.IntVar(&s.lose, "lose", 0, "percent of the datagrams that it sends")
	flags.StringVar(&t.log, "log", "warn", "debug shows what the library logs")
	flags.Bool("json", true, "there is no other output")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	s.join = t.join
	return s, s.apply(&t)
}

func (s *settings) apply(t *typed) error {
	switch t.profile {
	case "local":
		s.config = memberlist.DefaultLocalConfig()
	case "lan":
		s.config = memberlist.DefaultLANConfig()
	case "wan":
		s.config = memberlist.DefaultWANConfig()
	default:
		return fmt.Errorf("--profile: local, lan or wan")
	}
	if t.name != "" {
		s.config.Name = t.name
	}
	s.config.Label = t.label
	s.config.EnableCompression = t.compress == "lzw"
	s.config.LogOutput = io.Discard
	if t.log == "debug" {
		s.config.LogOutput = os.Stderr
	}
	for _, step := range []func(*typed) error{s.applyAddresses, s.applyKeys, s.applySet} {
		if err := step(t); err != nil {
			return err
		}
	}
	return nil
}

func (s *settings) applyAddresses(t *typed) error {
	host, port, err := hostPort(t.bind)
	if err != nil {
		return fmt.Errorf("--bind: %w", err)
	}
	s.bind, s.port, s.config.BindAddr = host, port, host
	if t.advertise != "" {
		if s.config.AdvertiseAddr, s.config.AdvertisePort, err = hostPort(t.advertise); err != nil {
			return fmt.Errorf("--advertise: %w", err)
		}
	}
	return nil
}

func hostPort(text string) (string, int, error) {
	host, digits, err := net.SplitHostPort(text)
	if err != nil {
		return "", 0, err
	}
	port, err := strconv.Atoi(digits)
	return host, port, err
}

func (s *settings) applyKeys(t *typed) error {
	var err error
	if s.config.GossipVerifyIncoming, err = strconv.ParseBool(t.verifyIncoming); err != nil {
		return fmt.Errorf("--verify-incoming: %w", err)
	}
	if s.config.GossipVerifyOutgoing, err = strconv.ParseBool(t.verifyOutgoing); err != nil {
		return fmt.Errorf("--verify-outgoing: %w", err)
	}
	keys := make([][]byte, 0, len(t.keys))
	for _, text := range t.keys {
		key, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return fmt.Errorf("--key: %w", err)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil
	}
	if s.config.Keyring, err = memberlist.NewKeyring(keys, keys[0]); err != nil {
		return fmt.Errorf("--key: %w", err)
	}
	return nil
}

func (s *settings) applySet(t *typed) error {
	known := options(s.config)
	for _, change := range t.set {
		key, value, _ := strings.Cut(change, "=")
		set, ok := known[key]
		if !ok {
			return fmt.Errorf("--set: unknown option %q", key)
		}
		if err := set(value); err != nil {
			return fmt.Errorf("--set %s: %w", key, err)
		}
	}
	return nil
}

func options(c *memberlist.Config) map[string]func(string) error {
	return map[string]func(string) error{
		"probe_interval":             duration(&c.ProbeInterval),
		"probe_timeout":              duration(&c.ProbeTimeout),
		"gossip_interval":            duration(&c.GossipInterval),
		"push_pull_interval":         duration(&c.PushPullInterval),
		"stream_timeout":             duration(&c.TCPTimeout),
		"gossip_to_the_dead_time":    duration(&c.GossipToTheDeadTime),
		"dead_node_reclaim_time":     duration(&c.DeadNodeReclaimTime),
		"gossip_nodes":               number(&c.GossipNodes),
		"suspicion_mult":             number(&c.SuspicionMult),
		"suspicion_max_timeout_mult": number(&c.SuspicionMaxTimeoutMult),
		"retransmit_mult":            number(&c.RetransmitMult),
		"indirect_checks":            number(&c.IndirectChecks),
		"awareness_max_multiplier":   number(&c.AwarenessMaxMultiplier),
		"packet_size":                number(&c.UDPBufferSize),
		"protocol_version":           version(&c.ProtocolVersion),
		"delegate_protocol_min":      version(&c.DelegateProtocolMin),
		"delegate_protocol_max":      version(&c.DelegateProtocolMax),
		"delegate_protocol_version":  version(&c.DelegateProtocolVersion),
		"disable_reliable_pings": func(text string) (err error) {
			c.DisableTcpPings, err = strconv.ParseBool(text)
			return err
		},
	}
}

func duration(to *time.Duration) func(string) error {
	return func(text string) (err error) {
		*to, err = time.ParseDuration(text)
		return err
	}
}

func number(to *int) func(string) error {
	return func(text string) (err error) {
		*to, err = strconv.Atoi(text)
		return err
	}
}

func version(to *uint8) func(string) error {
	return func(text string) error {
		value, err := strconv.ParseUint(text, 10, 8)
		*to = uint8(value)
		return err
	}
}
