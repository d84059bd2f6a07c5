package websocket

import (
	"errors"
	"io"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

const (
	// headSize is the room that a header needs to be read in.
	headSize = ws.MaxHeaderSize - ws.MinHeaderSize
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

// Reader reads a client's messages. It has no buffer: a client's messages are short
// and few, and a socket that reads nothing should hold nothing.
type Reader struct {
	src Source
	// max is the size of the largest message, patience how long one may take from
	// its first byte to its last.
	max      int
	patience time.Duration

	early   []byte // read with the request of the upgrade, and not used yet
	head    [headSize]byte
	headLen int    // bytes of the header that is being read
	message []byte // the fragments so far
	kind    Opcode // of the message that has begun; Continuation when none has
	parts   int
	hurried bool // a deadline is set
}

// NewReader returns a reader of messages of at most max bytes. early is what was
// read behind the request of the upgrade.
func NewReader(src Source, early []byte, maxMessage int, patience time.Duration) *Reader {
	return &Reader{src: src, early: early, max: maxMessage, patience: patience}
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
		if h.OpCode.IsControl() {
			payload := make([]byte, h.Length)
			if err := r.fill(payload); err != nil {
				return 0, nil, err
			}
			ws.Cipher(payload, h.Mask, 0)
			if h.OpCode == Close {
				return Close, nil, peerClose(payload)
			}
			return h.OpCode, payload, r.rest()
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
func (r *Reader) header() (ws.Header, error) {
	r.headLen = 0
	h, err := ws.ReadHeaderBuffer((*headReader)(r), r.head[:])
	if errors.Is(err, ws.ErrHeaderLengthMSB) || errors.Is(err, ws.ErrHeaderLengthUnexpected) {
		return h, violation(CodeProtocol, err.Error())
	}
	if err != nil {
		return h, err
	}
	state := ws.StateServerSide
	if r.kind != Continuation {
		state = state.Set(ws.StateFragmented)
	}
	if err := ws.CheckHeader(h, state); err != nil {
		return h, violation(CodeProtocol, err.Error())
	}
	switch {
	case r.headLen != ws.HeaderSize(h):
		return h, violation(CodeProtocol, "a length is written in the shortest way")
	case h.Length > int64(r.max):
		return h, violation(CodeTooBig, "the message is too long")
	}
	return h, nil
}

// headReader reads the bytes of a header, and counts them: the library does not tell
// in how many a length was written.
type headReader Reader

// Read implements io.Reader.
func (h *headReader) Read(p []byte) (int, error) {
	n, err := (*Reader)(h).read(p, h.headLen > 0)
	h.headLen += n
	return n, err
}

// fragment adds a data frame to the message and reports whether it was the last.
func (r *Reader) fragment(h ws.Header) (bool, error) {
	if h.OpCode != Continuation {
		r.kind = h.OpCode
	}
	r.parts++
	have, size := len(r.message), int(h.Length)
	switch {
	case size > r.max-have:
		return false, violation(CodeTooBig, "the message is too long")
	case r.parts > maxFragments:
		return false, violation(CodePolicy, "the message is in too many pieces")
	}
	for at := 0; at < size; {
		// Room grows with what has come, not with what is announced.
		step := min(size-at, max(firstMessage, len(r.message)))
		from := len(r.message)
		r.message = append(r.message, make([]byte, step)...)
		if err := r.fill(r.message[from:]); err != nil {
			return false, err
		}
		at += step
	}
	ws.Cipher(r.message[have:], h.Mask, 0)
	return h.Fin, nil
}

// fill fills p.
func (r *Reader) fill(p []byte) error {
	for n := 0; n < len(p); {
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
	if len(r.early) > 0 {
		n := copy(p, r.early)
		if r.early = r.early[n:]; len(r.early) == 0 {
			r.early = nil // lets go of what holds it
		}
		return n, nil
	}
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
