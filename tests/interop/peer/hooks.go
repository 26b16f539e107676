package main

import (
	"crypto/rand"
	"encoding/hex"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"
)

// A broadcast is this byte, as many hex digits of a random id, and the text.
const (
	mark  = 0xb1
	idLen = 16
)

// hooks is what the library asks and tells.
type hooks struct {
	out        *output
	queue      *memberlist.TransmitLimitedQueue
	lock       sync.Mutex
	meta       []byte
	ackPayload []byte
	localState []byte
	seen       map[string]bool
}

// broadcast is one message for everybody.
type broadcast []byte

func (b broadcast) Invalidates(memberlist.Broadcast) bool { return false }
func (b broadcast) Message() []byte                       { return b }
func (b broadcast) Finished()                             {}

func (h *hooks) broadcast(text string) {
	var id [idLen / 2]byte
	rand.Read(id[:])
	digits := hex.EncodeToString(id[:])
	h.isFirst(digits)
	h.queue.QueueBroadcast(broadcast(append(append([]byte{mark}, digits...), text...)))
}

func (h *hooks) isFirst(id string) bool {
	h.lock.Lock()
	defer h.lock.Unlock()
	known := h.seen[id]
	h.seen[id] = true
	return !known
}

func (h *hooks) setMeta(meta []byte) {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.meta = meta
}

func (h *hooks) NodeMeta(limit int) []byte {
	h.lock.Lock()
	defer h.lock.Unlock()
	return h.meta
}

func (h *hooks) NotifyMsg(message []byte) {
	body := message
	if len(message) > idLen && message[0] == mark {
		if !h.isFirst(string(message[1 : 1+idLen])) {
			return
		}
		body = message[1+idLen:]
		h.queue.QueueBroadcast(broadcast(append([]byte(nil), message...)))
	}
	h.out.timed("message", fields{"text": text(body)})
}

func (h *hooks) GetBroadcasts(overhead, limit int) [][]byte {
	return h.queue.GetBroadcasts(overhead, limit)
}

func (h *hooks) LocalState(join bool) []byte { return h.localState }

func (h *hooks) MergeRemoteState(state []byte, join bool) {
	if len(state) > 0 {
		h.out.timed("state", fields{"text": text(state), "join": join})
	}
}

func (h *hooks) AckPayload() []byte { return h.ackPayload }

func (h *hooks) NotifyPingComplete(other *memberlist.Node, rtt time.Duration, payload []byte) {
	if len(payload) > 0 {
		h.out.timed("ack", fields{"name": other.Name, "payload": text(payload), "rtt_us": rtt.Microseconds()})
	}
}

func (h *hooks) NotifyConflict(existing, other *memberlist.Node) {
	h.out.timed("conflict", fields{
		"name": existing.Name, "addr": existing.Address(), "other": other.Address(),
	})
}

func (h *hooks) NotifyJoin(node *memberlist.Node)   { h.changed("join", node) }
func (h *hooks) NotifyUpdate(node *memberlist.Node) { h.changed("update", node) }
func (h *hooks) NotifyLeave(node *memberlist.Node)  { h.changed("leave", node) }

func (h *hooks) changed(kind string, node *memberlist.Node) {
	line := fields{"name": node.Name, "addr": node.Address(), "meta": text(node.Meta)}
	if kind == "leave" {
		line["state"] = recordOf(node).state()
	}
	h.out.timed(kind, line)
}
