package webhook

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
)

// zone holds what a name server says of each name, or of "*", all others: one
// answer after the other, again from the first after the last. An answer is a
// list of records, separated by spaces: addresses, and before them the names
// that the name is an alias of. A name without answers does not exist.
type zone map[string][]string

// Types of records.
//
// Source: RFC 1035, section 3.2.2, and RFC 3596.
const (
	typeA     = 1
	typeCNAME = 5
	typeAAAA  = 28
)

// resolver returns a resolver that asks a name server on loopback.
func (z zone) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var ended sync.WaitGroup
	ended.Go(func() {
		type question struct {
			name string
			kind uint16
		}
		asked := map[question]int{} // a lookup asks once for addresses of either family
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			name, kind, end := readQuestion(buf[:n])
			answers, ok := z[name]
			if !ok {
				answers = z["*"]
			}
			q := question{name, kind}
			var records []string
			if len(answers) > 0 {
				records = strings.Fields(answers[asked[q]%len(answers)])
			}
			asked[q]++
			_, _ = conn.WriteTo(reply(buf[:end], name, kind, records, len(answers) > 0), from)
		}
	})
	t.Cleanup(func() { conn.Close(); ended.Wait() })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// nameServer returns a resolver that answers each lookup, of whatever name, with
// one of answers, in turn.
func nameServer(t *testing.T, answers ...string) *net.Resolver {
	t.Helper()
	return zone{"*": answers}.resolver(t)
}

// readQuestion returns the name and type that a DNS message asks for, and where
// the question ends.
func readQuestion(message []byte) (name string, kind uint16, end int) {
	var labels []string
	at := 12
	for message[at] != 0 {
		length := int(message[at])
		labels = append(labels, string(message[at+1:at+1+length]))
		at += length + 1
	}
	end = at + 5
	return strings.ToLower(strings.Join(labels, ".")), binary.BigEndian.Uint16(message[at+1:]), end
}

// reply returns the message that answers a question with those records that
// have its type, and aliases.
//
// Source: RFC 1035, section 4.1.
func reply(question []byte, owner string, kind uint16, records []string, exists bool) []byte {
	out := append([]byte{}, question...)
	out[2], out[3] = 0x81, 0x80 // a recursive answer
	if !exists {
		out[3] |= 3 // no such name
	}
	copy(out[4:12], []byte{0, 1, 0, 0, 0, 0, 0, 0}) // one question; answers are counted below
	for _, record := range records {
		recordType, data := uint16(typeCNAME), wireName(record)
		ip, err := netip.ParseAddr(record)
		if err == nil {
			recordType, data = typeA, ip.AsSlice()
			if ip.Is6() {
				recordType = typeAAAA
			}
		}
		if recordType != kind && recordType != typeCNAME {
			continue
		}
		out[7]++
		out = append(out, wireName(owner)...)
		out = binary.BigEndian.AppendUint16(out, recordType)
		out = append(out, 0, 1, 0, 0, 0, 0) // of the internet, to be kept for no time
		out = binary.BigEndian.AppendUint16(out, uint16(len(data)))
		out = append(out, data...)
		if recordType == typeCNAME {
			owner = record
		}
	}
	return out
}

func wireName(name string) (out []byte) {
	for label := range strings.SplitSeq(name, ".") {
		out = append(append(out, byte(len(label))), label...)
	}
	return append(out, 0)
}
