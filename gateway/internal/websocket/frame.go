// Package websocket is the server's side of RFC 6455 as the gateway needs it: frames
// as bytes, so that one that is encoded once can be written to any number of sockets.
// The frames of clients are read by the library github.com/gobwas/ws, and messages are
// deflated by it. Here is what it lacks: a limit on the number of fragments, a deadline
// within messages, and close codes above 4999 refused. The opening handshake is ours,
// too: the library takes the connection over before it looks at the request, and then a
// refusal could not be answered as the API answers, nor would the edge see the 101.
package websocket

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// Opcode is what a frame carries.
type Opcode = ws.OpCode

// The opcodes of RFC 6455, section 5.2.
const (
	Continuation = ws.OpContinuation
	Text         = ws.OpText
	Binary       = ws.OpBinary
	Close        = ws.OpClose
	Ping         = ws.OpPing
	Pong         = ws.OpPong
)

// The close codes that the gateway sends.
const (
	CodeNormal         = int(ws.StatusNormalClosure)
	CodeProtocol       = int(ws.StatusProtocolError)
	CodeBadData        = int(ws.StatusInvalidFramePayloadData)
	CodePolicy         = int(ws.StatusPolicyViolation)
	CodeTooBig         = int(ws.StatusMessageTooBig)
	CodeServiceRestart = 1012
	// codeNone stands for a close frame without a code; it is never sent.
	codeNone = int(ws.StatusNoStatusRcvd)
)

// maxControl is the longest payload of a control frame.
const maxControl = ws.MaxControlFramePayloadSize

// appender is a slice that headers are written to.
type appender struct{ to []byte }

// Write implements io.Writer.
func (a *appender) Write(p []byte) (int, error) {
	a.to = append(a.to, p...)
	return len(p), nil
}

// AppendFrame appends a whole, unmasked message of one frame.
func AppendFrame(to []byte, op Opcode, payload []byte) []byte {
	return append(AppendHeader(to, op, len(payload)), payload...)
}

// AppendHeader appends the header of a whole, unmasked message of one frame.
func AppendHeader(to []byte, op Opcode, size int) []byte {
	a := appender{to}
	// A slice takes everything, and no length of one is too long.
	_ = ws.WriteHeader(&a, ws.Header{Fin: true, OpCode: op, Length: int64(size)})
	return a.to
}

// AppendClose appends a close frame; a reason that is too long is cut.
func AppendClose(to []byte, code int, reason string) []byte {
	if code == codeNone {
		return AppendHeader(to, Close, 0)
	}
	for len(reason) > maxControl-2 || !utf8.ValidString(reason) {
		reason = reason[:len(reason)-1]
	}
	return AppendFrame(to, Close, ws.NewCloseFrameBody(ws.StatusCode(code), reason))
}

// CloseError is the end of a socket: what the client said in its close frame, or why
// the server does not go on with what the client sent.
type CloseError struct {
	Code   int
	Reason string
	// ByPeer says that it is the client who closes.
	ByPeer bool
}

// Error implements error.
func (e *CloseError) Error() string {
	return fmt.Sprintf("websocket: closed with %d: %s", e.Code, e.Reason)
}

// violation is the end of a socket whose client does not keep to the protocol.
func violation(code int, reason string) error { return &CloseError{Code: code, Reason: reason} }

// peerClose reads a close frame.
func peerClose(payload []byte) error {
	if len(payload) == 0 {
		return &CloseError{Code: codeNone, ByPeer: true}
	}
	code, reason := ws.ParseCloseFrameData(payload)
	known := code
	if code.In(ws.StatusCodeRange{Min: 1012, Max: 1014}) {
		// IANA has added these since; the library does not know them.
		known = ws.StatusNormalClosure
	}
	switch err := ws.CheckCloseFrameData(known, reason); {
	case errors.Is(err, ws.ErrProtocolInvalidUTF8):
		return violation(CodeBadData, err.Error())
	case err != nil:
		return violation(CodeProtocol, err.Error())
	case code > ws.StatusRangePrivate.Max:
		return violation(CodeProtocol, "this close code may not be sent")
	}
	return &CloseError{Code: int(code), Reason: reason, ByPeer: true}
}
