// The Go library's work on messages, by the codec and the settings that it uses, on the messages
// of benches/benches/wire.rs; LZW and AES-GCM of its frame on 1,400 bytes.
//
//	go test -bench . -benchmem
package codec

import (
	"bytes"
	"compress/lzw"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"io"
	"testing"

	"github.com/hashicorp/go-msgpack/v2/codec"
)

type ping struct {
	SeqNo      uint32
	Node       string
	SourceAddr []byte `codec:",omitempty"`
	SourcePort uint16 `codec:",omitempty"`
	SourceNode string `codec:",omitempty"`
}

type ack struct {
	SeqNo   uint32
	Payload []byte
}

type suspect struct {
	Incarnation uint32
	Node        string
	From        string
}

type alive struct {
	Incarnation uint32
	Node        string
	Addr        []byte
	Port        uint16
	Meta        []byte
	Vsn         []uint8
}

type header struct {
	Nodes        int
	UserStateLen int
	Join         bool
}

type state struct {
	Name        string
	Addr        []byte
	Port        uint16
	Meta        []byte
	Incarnation uint32
	State       int
	Vsn         []uint8
}

var (
	aPing    = ping{300, "local", []byte{10, 0, 0, 1}, 7946, "node-1"}
	anAck    = ack{300, nil}
	aSuspect = suspect{1, "node-123", "node-4"}
	anAlive  = alive{1, "node-123", []byte{10, 0, 0, 123}, 7946, nil, []uint8{1, 5, 2, 0, 0, 0}}
)

func encode(kind byte, message any) []byte {
	out := bytes.NewBuffer(nil)
	out.WriteByte(kind)
	if err := codec.NewEncoder(out, &codec.MsgpackHandle{}).Encode(message); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func decode(message []byte, into any) {
	if err := codec.NewDecoder(bytes.NewReader(message), &codec.MsgpackHandle{}).Decode(into); err != nil {
		panic(err)
	}
}

func both[M any](b *testing.B, name string, message M) {
	b.Run(name+"/encode", func(b *testing.B) {
		for b.Loop() {
			encode(0, &message)
		}
	})
	bytes := encode(0, &message)
	b.Run(name+"/decode", func(b *testing.B) {
		for b.Loop() {
			var into M
			decode(bytes[1:], &into)
		}
	})
}

func BenchmarkMessages(b *testing.B) {
	both(b, "ping", aPing)
	both(b, "ack", anAck)
	both(b, "alive", anAlive)
	both(b, "suspect", aSuspect)
}

func states(count int) []state {
	var all []state
	for n := 1; n <= count; n++ {
		name, addr := fmt.Sprintf("node-%d", n), []byte{10, 0, byte(n >> 8), byte(n)}
		all = append(all, state{name, addr, 7946, nil, 1, 0, []uint8{1, 5, 2, 0, 0, 0}})
	}
	return all
}

func BenchmarkPushPull1000(b *testing.B) {
	all := states(1000)
	write := func() []byte {
		out := bytes.NewBuffer(nil)
		out.WriteByte(6)
		to := codec.NewEncoder(out, &codec.MsgpackHandle{})
		if err := to.Encode(&header{Nodes: len(all)}); err != nil {
			panic(err)
		}
		for n := range all {
			if err := to.Encode(&all[n]); err != nil {
				panic(err)
			}
		}
		return out.Bytes()
	}
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			write()
		}
	})
	bytesOf := write()
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			from := codec.NewDecoder(bytes.NewReader(bytesOf[1:]), &codec.MsgpackHandle{})
			var head header
			if err := from.Decode(&head); err != nil {
				panic(err)
			}
			read := make([]state, head.Nodes)
			for n := range read {
				if err := from.Decode(&read[n]); err != nil {
					panic(err)
				}
			}
		}
	})
}

// packet is 1,400 bytes of claims, as gossip sends them.
func packet() []byte {
	var out []byte
	for n := 0; len(out) < 1400; n++ {
		claim := anAlive
		claim.Node, claim.Addr = fmt.Sprintf("node-%d", n), []byte{10, 0, byte(n >> 8), byte(n)}
		out = append(out, encode(4, &claim)...)
	}
	return out[:1400]
}

func BenchmarkLzw1400(b *testing.B) {
	plain := packet()
	var packed bytes.Buffer
	pack := func() {
		packed.Reset()
		to := lzw.NewWriter(&packed, lzw.LSB, 8)
		to.Write(plain)
		to.Close()
	}
	b.Run("compress", func(b *testing.B) {
		for b.Loop() {
			pack()
		}
	})
	b.Run("decompress", func(b *testing.B) {
		for b.Loop() {
			from := lzw.NewReader(bytes.NewReader(packed.Bytes()), lzw.LSB, 8)
			io.Copy(bytes.NewBuffer(nil), from)
			from.Close()
		}
	})
}

// The library makes the key schedule anew for each packet, sealed or opened.
func schedule(size int) cipher.AEAD {
	block, _ := aes.NewCipher(make([]byte, size))
	gcm, _ := cipher.NewGCM(block)
	return gcm
}

func BenchmarkAesGcm1400(b *testing.B) {
	plain, nonce := packet(), make([]byte, 12)
	for _, size := range []int{16, 24, 32} {
		b.Run(fmt.Sprintf("seal-%d", 8*size), func(b *testing.B) {
			for b.Loop() {
				sealer := schedule(size)
				rand.Read(nonce)
				sealer.Seal(nil, nonce, plain, nil)
			}
		})
		sealed := schedule(size).Seal(nil, nonce, plain, nil)
		b.Run(fmt.Sprintf("open-%d", 8*size), func(b *testing.B) {
			for b.Loop() {
				if _, err := schedule(size).Open(nil, nonce, sealed, nil); err != nil {
					panic(err)
				}
			}
		})
	}
}
