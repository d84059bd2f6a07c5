package websocket

import (
	"errors"
	"io"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// maxFragments is how many frames one message may be in: no client breaks a message of
// the largest size into more, and each frame costs something.
const maxFragments = 1024

// Limits bound what a client may send.
type Limits struct {
	// Message is the size of the largest message in bytes, also when it is inflated.
	Message int
	// Patience is how long a message may take from its first byte to its last.
	Patience time.Duration
}

// Reader reads a client's messages. It has no buffer: a client's messages are short
// and few, and a socket that reads nothing should hold nothing.
type Reader struct {
	line    line
	frames  wsutil.Reader
	max     int
	packed  *packed // nil when the client may not compress
	parts   int     // frames of the message that has begun
	control func(op Opcode, payload []byte) error
}

// NewReader returns a reader of what a client sends over a connection. control gets
// its pings and pongs, which may come between the fragments of a message; an error of
// it ends the reading.
func NewReader(src Source, opened Opened, limits Limits, control func(op Opcode, payload []byte) error) *Reader {
	r := &Reader{
		line:    line{src: src, early: opened.Early, patience: limits.Patience},
		max:     limits.Message,
		control: control,
	}
	r.frames = wsutil.Reader{
		Source:         &r.line,
		State:          ws.StateServerSide,
		MaxMessageSize: int64(limits.Message),
		OnContinuation: r.count,
		OnIntermediate: r.between,
	}
	if opened.Deflate {
		r.packed = &packed{}
		r.frames.State = r.frames.State.Set(ws.StateExtended)
		r.frames.Extensions = []wsutil.RecvExtension{r.packed}
	}
	return r
}

// Next returns the next message. The client's close frame, and all that a client may
// not send, is a *CloseError; other errors are those of the connection and of control.
func (r *Reader) Next() (Opcode, []byte, error) {
	for {
		h, err := r.frames.NextFrame()
		if err != nil {
			return 0, nil, refused(err)
		}
		if h.OpCode.IsControl() {
			if err := r.between(h, &r.frames); err != nil {
				return 0, nil, err
			}
			if err := r.line.rest(); err != nil {
				return 0, nil, err
			}
			continue
		}
		r.parts = 1
		message, err := r.message(h.OpCode)
		if err != nil {
			return 0, nil, err
		}
		return h.OpCode, message, r.line.rest()
	}
}

// message reads all of the message that has begun. Room for it grows with what has
// come, not with what is announced.
func (r *Reader) message(kind Opcode) ([]byte, error) {
	message, err := io.ReadAll(&r.frames)
	if err != nil {
		return nil, refused(err)
	}
	if r.packed != nil && r.packed.IsCompressed() {
		if message, err = inflate(message, r.max); err != nil {
			return nil, err
		}
	}
	if kind == Text && !utf8.Valid(message) {
		return nil, violation(CodeBadData, "a text message is not UTF-8")
	}
	return message, nil
}

// count implements wsutil.FrameHandlerFunc for what follows a message's first frame.
func (r *Reader) count(ws.Header, io.Reader) error {
	if r.parts++; r.parts > maxFragments {
		return violation(CodePolicy, "the message is in too many pieces")
	}
	return nil
}

// between implements wsutil.FrameHandlerFunc for control frames, between messages and
// within them.
func (r *Reader) between(h ws.Header, body io.Reader) error {
	payload, err := io.ReadAll(body) // the library bounds it
	switch {
	case err != nil:
		return err
	case len(payload) < int(h.Length):
		return io.ErrUnexpectedEOF
	case h.OpCode == Close:
		return peerClose(payload)
	}
	return r.control(h.OpCode, payload)
}

// refused gives the library's refusals their close codes.
func refused(err error) error {
	var protocol ws.ProtocolError
	switch {
	case errors.Is(err, wsutil.ErrMessageTooLarge):
		return violation(CodeTooBig, tooLong)
	case errors.Is(err, ws.ErrHeaderLengthMSB), errors.Is(err, ws.ErrHeaderLengthUnexpected), errors.As(err, &protocol):
		return violation(CodeProtocol, err.Error())
	}
	return err
}
