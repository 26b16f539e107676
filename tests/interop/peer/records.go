package main

import (
	"reflect"
	"sync"
	"time"
	"unsafe"

	"github.com/hashicorp/memberlist"
)

// record is what the library knows of a member. Its public API always says that a member is alive,
// tells no incarnation, and leaves out who has gone; the fields behind the public ones say it.
type record struct {
	memberlist.Node
	Incarnation uint32
	State       memberlist.NodeStateType
	StateChange time.Time
}

// recordOf is the record that a node which a hook is shown is the first field of.
func recordOf(node *memberlist.Node) *record {
	return (*record)(unsafe.Pointer(node))
}

func (r *record) state() string {
	return [...]string{"alive", "suspect", "dead", "left"}[r.State]
}

// records is a copy of everything that the library knows.
func records(list *memberlist.Memberlist) []record {
	fields := reflect.ValueOf(list).Elem()
	lock := (*sync.RWMutex)(fields.FieldByName("nodeLock").Addr().UnsafePointer())
	lock.RLock()
	defer lock.RUnlock()
	var copies []record
	for _, known := range *(*[]*record)(fields.FieldByName("nodes").Addr().UnsafePointer()) {
		copies = append(copies, *known)
	}
	return copies
}
