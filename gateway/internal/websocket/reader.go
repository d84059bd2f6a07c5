package websocket

import (
	"encoding/binary"
	"io"
	"time"
	"unicode/utf8"
)

const (
	// readSize is how much is read at a time: a client's messages are short, and
	// most sockets read nothing for most of their lives.
	readSize = 512
	// firstMessage is how much room a message gets before its bytes have come; a
	// length that is only announced gets no more.
	firstMessage = 4 << 10
	// maxFragments is how many frames one message may be in: no client breaks a
	// message of the largest size into more, and each frame costs something.
	maxFragments = 1024
)

// Source is what frames are read from: a net.Conn.
type Source interface {
	io.Reader
	SetReadDeadline(t time.Time) error
}

// Reader reads a client's messages.
type Reader struct {
	src Source
	// max is the size of the largest message, patience how long one may take from
	// its first byte to its last.
	max      int
	patience time.Duration

	buf     []byte // read and not used
	store   [readSize]byte
	message []byte // the fragments so far
	kind    Opcode // of the message that has begun; Continuation when none has
	parts   int
	hurried bool // a deadline is set
}

// NewReader returns a reader of messages of at most max bytes. early is what was
// read behind the request of the upgrade.
func NewReader(src Source, early []byte, maxMessage int, patience time.Duration) *Reader {
	return &Reader{src: src, buf: early, max: maxMessage, patience: patience}
}

// header is the header of a client's frame.
type header struct {
	op    Opcode
	final bool
	size  int
	mask  [4]byte
}

// Next returns the next message, or the next ping or pong, which may come between
// the fragments of a message. The payload is good until the next call. The client's
// close frame, and all that a client may not send, is a *CloseError; other errors are
// those of the connection.
func (r *Reader) Next() (Opcode, []byte, error) {
	for {
		h, err := r.header()
		if err != nil {
			return 0, nil, err
		}
		if h.op.control() {
			payload := make([]byte, h.size)
			if err := r.payload(payload, h.mask); err != nil {
				return 0, nil, err
			}
			if h.op == Close {
				return Close, nil, peerClose(payload)
			}
			return h.op, payload, r.rest()
		}
		whole, err := r.fragment(h)
		if err != nil {
			return 0, nil, err
		}
		if whole {
			return r.finish()
		}
	}
}

// finish hands over a message that is complete.
func (r *Reader) finish() (Opcode, []byte, error) {
	kind, message := r.kind, r.message
	r.kind, r.message, r.parts = Continuation, nil, 0
	if kind == Text && !utf8.Valid(message) {
		return 0, nil, violation(CodeNotUTF8, "a text message is not UTF-8")
	}
	return kind, message, r.rest()
}

// header reads and checks the next header.
func (r *Reader) header() (header, error) {
	var h header
	if err := r.need(2); err != nil {
		return h, err
	}
	first, second := r.buf[0], r.buf[1]
	h.op, h.final = Opcode(first&0x0f), first&finalBit != 0
	length := int(second & 0x7f)
	switch {
	case first&0x70 != 0:
		return h, violation(CodeProtocol, "reserved bits are set")
	case !h.op.known():
		return h, violation(CodeProtocol, "unknown opcode")
	case second&0x80 == 0:
		return h, violation(CodeProtocol, "a client masks its frames")
	case h.op.control() && (!h.final || length > maxControl):
		return h, violation(CodeProtocol, "a control frame is short and in one piece")
	case h.op == Continuation && r.kind == Continuation:
		return h, violation(CodeProtocol, "there is no message to continue")
	case !h.op.control() && h.op != Continuation && r.kind != Continuation:
		return h, violation(CodeProtocol, "the message before has not ended")
	}
	return h, r.extended(&h, length)
}

// extended reads what follows the first two bytes of a header.
func (r *Reader) extended(h *header, length int) error {
	long := map[int]int{126: 2, 127: 8}[length]
	if err := r.need(2 + long + 4); err != nil {
		return err
	}
	size := uint64(length)
	switch long {
	case 2:
		size = uint64(binary.BigEndian.Uint16(r.buf[2:]))
	case 8:
		size = binary.BigEndian.Uint64(r.buf[2:])
	}
	switch {
	case size > 1<<63-1 || (long == 2 && size <= maxControl) || (long == 8 && size <= 0xffff):
		return violation(CodeProtocol, "a length is written in the shortest way")
	case size > uint64(r.max):
		return violation(CodeTooBig, "the message is too long")
	}
	h.size = int(size)
	copy(h.mask[:], r.buf[2+long:])
	r.buf = r.buf[2+long+4:]
	return nil
}

// fragment adds a data frame to the message and reports whether it was the last.
func (r *Reader) fragment(h header) (bool, error) {
	if h.op != Continuation {
		r.kind = h.op
	}
	r.parts++
	have := len(r.message)
	switch {
	case h.size > r.max-have:
		return false, violation(CodeTooBig, "the message is too long")
	case r.parts > maxFragments:
		return false, violation(CodePolicy, "the message is in too many pieces")
	}
	for at := 0; at < h.size; {
		// Room grows with what has come, not with what is announced.
		step := min(h.size-at, max(firstMessage, len(r.message)))
		from := len(r.message)
		r.message = append(r.message, make([]byte, step)...)
		if err := r.fill(r.message[from:]); err != nil {
			return false, err
		}
		at += step
	}
	unmask(r.message[have:], h.mask)
	return h.final, nil
}

// payload reads and unmasks a short payload.
func (r *Reader) payload(p []byte, mask [4]byte) error {
	if err := r.fill(p); err != nil {
		return err
	}
	unmask(p, mask)
	return nil
}

func unmask(p []byte, mask [4]byte) {
	key := uint64(binary.LittleEndian.Uint32(mask[:]))
	key |= key << 32
	for len(p) >= 8 {
		binary.LittleEndian.PutUint64(p, binary.LittleEndian.Uint64(p)^key)
		p = p[8:]
	}
	for i := range p {
		p[i] ^= mask[i&3]
	}
}

// need reads until n bytes are there to be looked at.
func (r *Reader) need(n int) error {
	if len(r.buf) >= n {
		return nil
	}
	have := copy(r.store[:], r.buf)
	for have < n {
		got, err := r.read(r.store[have:], have > 0)
		if err != nil {
			return err
		}
		have += got
	}
	r.buf = r.store[:have]
	return nil
}

// fill fills p.
func (r *Reader) fill(p []byte) error {
	n := copy(p, r.buf)
	r.buf = r.buf[n:]
	for n < len(p) {
		got, err := r.read(p[n:], true)
		if err != nil {
			return err
		}
		n += got
	}
	return nil
}

// read reads what there is. Within a message the client has to hurry: a message
// that never ends holds memory.
func (r *Reader) read(p []byte, within bool) (int, error) {
	if within = within || r.kind != Continuation; within && !r.hurried {
		if err := r.src.SetReadDeadline(time.Now().Add(r.patience)); err != nil {
			return 0, err
		}
		r.hurried = true
	}
	return r.src.Read(p)
}

// rest takes the deadline away, between messages.
func (r *Reader) rest() error {
	if !r.hurried || r.kind != Continuation {
		return nil
	}
	r.hurried = false
	return r.src.SetReadDeadline(time.Time{})
}
