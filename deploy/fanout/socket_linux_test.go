package fanout

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// socket is one WebSocket of the load, as little as there can be of one: a file
// descriptor and what came of the frame that is not whole yet.
type socket struct {
	fd      int
	run     *run
	next    int64 // sequence that has to come
	partial []byte
	lags    int
	digits  int // where the sequence was in the last event: mostly where it is in the next
}

// mask is the key of all masked frames: zero, so that they need no masking.
var mask = [4]byte{}

// dial opens a socket and follows a run from a position on.
func dial(gateway, token string, r *run, after int64) (*socket, error) {
	addr, err := netip.ParseAddrPort(gateway)
	if err != nil {
		return nil, err
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	s := &socket{fd: fd, run: r, next: after + 1}
	if err := s.open(addr, token); err != nil {
		_ = syscall.Close(fd)
		return nil, err
	}
	return s, nil
}

// open makes the handshake and subscribes, waiting.
func (s *socket) open(addr netip.AddrPort, token string) error {
	if err := syscall.Connect(s.fd, &syscall.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	request := "GET /api/v1/ws/load HTTP/1.1\r\nHost: " + addr.String() + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer " + token + "\r\n\r\n"
	if err := s.write([]byte(request)); err != nil {
		return err
	}
	var answer []byte
	for buf := make([]byte, 4096); ; {
		n, err := syscall.Read(s.fd, buf)
		if err != nil || n == 0 {
			return fmt.Errorf("handshake: %d bytes, %w", n, err)
		}
		answer = append(answer, buf[:n]...)
		head, rest, whole := bytes.Cut(answer, []byte("\r\n\r\n"))
		if !whole {
			continue
		}
		if !strings.HasPrefix(string(head), "HTTP/1.1 101") {
			return fmt.Errorf("handshake: %s", answer)
		}
		s.partial = append([]byte(nil), rest...)
		break
	}
	subscribe := fmt.Sprintf(`{"id":"1","subscribe":{"analysisId":%q,"afterSequence":"%d"}}`, s.run.id, s.next-1)
	return s.write(frame(1, []byte(subscribe)))
}

// frame is a client's frame.
func frame(opcode byte, payload []byte) []byte {
	out := []byte{0x80 | opcode}
	if len(payload) <= 125 {
		out = append(out, 0x80|byte(len(payload)))
	} else {
		out = binary.BigEndian.AppendUint16(append(out, 0x80|126), uint16(len(payload)))
	}
	return append(append(out, mask[:]...), payload...)
}

func (s *socket) write(p []byte) error {
	for len(p) > 0 {
		n, err := syscall.Write(s.fd, p)
		if err != nil {
			return fmt.Errorf("write: %w", err)
		}
		p = p[n:]
	}
	return nil
}

// tally is what one goroutine of the load has seen.
type tally struct {
	messages, wrong, closed int64
	late                    [10_001]int64 // events by their age in milliseconds
}

// take reads the frames that are whole in data, and keeps the rest.
func (s *socket) take(data []byte, now time.Time, seen *tally) error {
	if len(s.partial) > 0 {
		data = append(s.partial, data...)
		s.partial = nil
	}
	for {
		opcode, payload, rest, ok := split(data)
		if !ok {
			break
		}
		if err := s.frame(opcode, payload, now, seen); err != nil {
			return err
		}
		data = rest
	}
	if len(data) > 0 {
		s.partial = append([]byte(nil), data...)
	}
	return nil
}

// split takes the first frame off.
func split(data []byte) (opcode byte, payload, rest []byte, ok bool) {
	if len(data) < 2 {
		return 0, nil, nil, false
	}
	size, from := int(data[1]), 2
	switch {
	case size == 126 && len(data) >= 4:
		size, from = int(binary.BigEndian.Uint16(data[2:])), 4
	case size == 127 && len(data) >= 10:
		size, from = int(binary.BigEndian.Uint64(data[2:])), 10
	case size > 125:
		return 0, nil, nil, false
	}
	if len(data) < from+size {
		return 0, nil, nil, false
	}
	return data[0] & 0xf, data[from : from+size], data[from+size:], true
}

var (
	sequenceField = []byte(`"sequence":`)
	laggedField   = []byte(`{"lagged"`)
	errClosed     = errors.New("closed by the server")
)

// find looks for the sequence of an event. Behind the colon there may be a blank: of
// that the encoder decides anew in each build.
func (s *socket) find(payload []byte) bool {
	if s.digits > 0 && len(payload) > s.digits && bytes.HasSuffix(bytes.TrimRight(payload[:s.digits], ` "`), sequenceField) {
		return true
	}
	at := bytes.Index(payload[:min(len(payload), 160)], sequenceField)
	if at < 0 {
		return false
	}
	value := bytes.TrimLeft(payload[at+len(sequenceField):], ` "`)
	s.digits = len(payload) - len(value)
	return true
}

// frame checks one frame: an event must be the next one.
func (s *socket) frame(opcode byte, payload []byte, now time.Time, seen *tally) error {
	switch opcode {
	case 9:
		return s.write(frame(10, payload))
	case 8:
		return fmt.Errorf("%w: %q", errClosed, payload)
	}
	if !s.find(payload) {
		if bytes.HasPrefix(payload, laggedField) {
			s.lags++
		}
		return nil // the ack
	}
	digits := payload[s.digits:]
	end := bytes.IndexByte(digits, '"')
	sequence, err := strconv.ParseInt(string(digits[:max(end, 0)]), 10, 64)
	if err != nil {
		return fmt.Errorf("event %q: %w", payload, err)
	}
	seen.messages++
	if sequence != s.next {
		seen.wrong++
	}
	s.next = sequence + 1
	if committed := s.run.committed(sequence); committed > 0 {
		late := (now.UnixNano() - committed) / int64(time.Millisecond)
		seen.late[min(max(late, 0), int64(len(seen.late)-1))]++
	}
	return nil
}
