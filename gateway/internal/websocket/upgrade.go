package websocket

import (
	"crypto/sha1" //nolint:gosec // what the protocol asks for; it secures nothing
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// acceptKey is what a server shows to have understood the handshake.
const acceptKey = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// ErrHandshake is a request that is no opening handshake of this protocol.
var ErrHandshake = errors.New("websocket: not an opening handshake of version 13")

// Opened is a connection whose opening handshake has been answered.
type Opened struct {
	Conn net.Conn
	// Early is what the client sent behind its request.
	Early []byte
	// Deflate says that messages may be deflated, on both sides.
	Deflate bool
}

// Upgrade answers the opening handshake and takes the connection over. Of the
// subprotocols that the client offers it accepts protocol, of the extensions
// permessage-deflate. After ErrHandshake nothing has been answered.
func Upgrade(w http.ResponseWriter, r *http.Request, protocol string) (Opened, error) {
	key := r.Header.Get("Sec-Websocket-Key")
	nonce, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(nonce) != 16 || r.Method != http.MethodGet || !r.ProtoAtLeast(1, 1) || r.ProtoMajor != 1 ||
		!Asked(r) || !offers(r, "Connection", "upgrade") || r.Header.Get("Sec-Websocket-Version") != "13" {
		return Opened{}, ErrHandshake
	}
	digest := sha1.Sum([]byte(key + acceptKey)) //nolint:gosec // see above
	h := w.Header()
	h.Set("Upgrade", "websocket")
	h.Set("Connection", "Upgrade")
	h.Set("Sec-WebSocket-Accept", base64.StdEncoding.EncodeToString(digest[:]))
	if offers(r, "Sec-Websocket-Protocol", protocol) {
		h.Set("Sec-WebSocket-Protocol", protocol)
	}
	extension := negotiate(r)
	if extension != "" {
		h.Set(extensionHeader, extension)
	}
	w.WriteHeader(http.StatusSwitchingProtocols)
	conn, buffered, err := http.NewResponseController(w).Hijack() // sends the header, too
	if err != nil {
		return Opened{}, fmt.Errorf("take over connection: %w", err)
	}
	// The buffers of net/http go; what is in them stays.
	early, _ := buffered.Peek(buffered.Reader.Buffered())
	early = append([]byte(nil), early...)
	if err := conn.SetDeadline(time.Time{}); err != nil { // those were of the request
		_ = conn.Close()
		return Opened{}, fmt.Errorf("take over connection: %w", err)
	}
	return Opened{Conn: conn, Early: early, Deflate: extension != ""}, nil
}

// Asked reports whether a request asks for a WebSocket.
func Asked(r *http.Request) bool { return offers(r, "Upgrade", "websocket") }

// offers reports whether one of a header's comma-separated values is the given one.
func offers(r *http.Request, name, value string) bool {
	for one := range strings.SplitSeq(strings.Join(r.Header.Values(name), ","), ",") {
		if strings.EqualFold(strings.TrimSpace(one), value) {
			return true
		}
	}
	return false
}
