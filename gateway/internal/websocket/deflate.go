package websocket

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/gobwas/httphead"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsflate"
	"github.com/klauspost/compress/flate"
)

const (
	extensionHeader = "Sec-WebSocket-Extensions"
	tooLong         = "the message is too long"
)

// negotiate answers an offer of permessage-deflate (RFC 7692) with the header's value,
// or with "" when there is none that can be taken. Neither side keeps a context from
// message to message: so a message that is deflated once can be sent to everyone, and a
// socket holds no window.
func negotiate(r *http.Request) string {
	extension := wsflate.Extension{Parameters: wsflate.DefaultParameters}
	offers, ok := httphead.ParseOptions([]byte(strings.Join(r.Header.Values(extensionHeader), ",")), nil)
	if !ok {
		return ""
	}
	for _, offer := range offers {
		// An offer that is malformed is declined, as RFC 7692, section 5.1 has it.
		accepted, err := extension.Negotiate(offer)
		if err == nil && accepted.Size() > 0 {
			var value bytes.Buffer
			if _, err := httphead.WriteOptions(&value, []httphead.Option{accepted}); err == nil {
				return value.String()
			}
		}
	}
	return ""
}

// packed implements wsutil.RecvExtension: it notes which messages are deflated.
type packed struct{ wsflate.MessageState }

// UnsetBits refuses the bits that nobody has asked for, too.
func (p *packed) UnsetBits(h ws.Header) (ws.Header, error) {
	h, err := p.MessageState.UnsetBits(h)
	if err == nil && h.Rsv != 0 {
		err = ws.ErrProtocolNonZeroRsv
	}
	return h, err
}

// deflateEnd is what RFC 7692, section 7.2.2 has put back behind a message, and an
// empty last block, so that the message ends where its bytes do.
const deflateEnd = "\x00\x00\xff\xff" + "\x01\x00\x00\xff\xff"

var inflaters = sync.Pool{New: func() any { return flate.NewReader(nil) }}

// inflate returns a message as it was before it was deflated, if that is at most limit bytes.
func inflate(message []byte, limit int) ([]byte, error) {
	from := inflaters.Get().(io.ReadCloser) //nolint:forcetypeassert // as the pool makes them
	defer inflaters.Put(from)
	// It has no dictionary, and nothing else can fail.
	_ = from.(flate.Resetter).Reset(bytes.NewReader(append(message, deflateEnd...)), nil) //nolint:forcetypeassert // documented of flate.NewReader
	out, err := io.ReadAll(io.LimitReader(from, int64(limit)+1))
	switch {
	case err != nil:
		return nil, violation(CodeBadData, "a message cannot be inflated")
	case len(out) > limit:
		return nil, violation(CodeTooBig, tooLong)
	}
	return out, nil
}

var deflaters = sync.Pool{New: func() any {
	return wsflate.NewWriter(io.Discard, func(to io.Writer) wsflate.Compressor {
		w, _ := flate.NewWriter(to, flate.DefaultCompression) // only an unknown level is an error
		return w
	})
}}

// Deflate returns a whole message of one frame for sockets that take deflated ones.
func Deflate(op Opcode, payload []byte) ([]byte, error) {
	var out bytes.Buffer
	w := deflaters.Get().(*wsflate.Writer) //nolint:forcetypeassert // as the pool makes them
	defer deflaters.Put(w)
	w.Reset(&out)
	if _, err := w.Write(payload); err != nil {
		return nil, fmt.Errorf("deflate message: %w", err)
	}
	if err := w.Flush(); err != nil {
		return nil, fmt.Errorf("deflate message: %w", err)
	}
	header, err := wsflate.SetBit(ws.Header{Fin: true, OpCode: op, Length: int64(out.Len())})
	if err != nil {
		return nil, fmt.Errorf("deflate message: %w", err)
	}
	frame := appender{make([]byte, 0, ws.HeaderSize(header)+out.Len())}
	if err := ws.WriteHeader(&frame, header); err != nil {
		return nil, fmt.Errorf("deflate message: %w", err)
	}
	return append(frame.to, out.Bytes()...), nil
}
