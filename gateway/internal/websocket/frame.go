// Package websocket is the server's side of RFC 6455: the upgrade, and frames as
// bytes. It knows nothing of goroutines or locks. A server's frames are not masked,
// so one that is encoded once can be written to any number of sockets as it is,
// alone or together with those that follow it; that is why the gateway has its own.
package websocket

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// Opcode is what a frame carries.
type Opcode byte

// The opcodes of RFC 6455, section 5.2.
const (
	Continuation Opcode = 0x0
	Text         Opcode = 0x1
	Binary       Opcode = 0x2
	Close        Opcode = 0x8
	Ping         Opcode = 0x9
	Pong         Opcode = 0xA
)

// control reports whether frames of the opcode may come between the fragments of a
// message.
func (o Opcode) control() bool { return o&0x8 != 0 }

// known reports whether the opcode means something.
func (o Opcode) known() bool { return o <= Binary || (o >= Close && o <= Pong) }

// The close codes that the gateway sends.
const (
	CodeNormal         = 1000
	CodeProtocol       = 1002
	CodeNotUTF8        = 1007
	CodePolicy         = 1008
	CodeTooBig         = 1009
	CodeServiceRestart = 1012
	// codeNone stands for a close frame without a code; it is never sent.
	codeNone = 1005
)

// maxControl is the longest payload of a control frame.
const maxControl = 125

// finalBit marks the last fragment of a message.
const finalBit = 0x80

// AppendFrame appends a whole, unmasked message of one frame.
func AppendFrame(to []byte, op Opcode, payload []byte) []byte {
	return append(AppendHeader(to, op, len(payload)), payload...)
}

// AppendHeader appends the header of a whole, unmasked message of one frame.
func AppendHeader(to []byte, op Opcode, size int) []byte {
	to = append(to, finalBit|byte(op))
	switch {
	case size <= maxControl:
		return append(to, byte(size))
	case size <= 0xffff:
		return binary.BigEndian.AppendUint16(append(to, 126), uint16(size))
	default:
		return binary.BigEndian.AppendUint64(append(to, 127), uint64(size))
	}
}

// AppendClose appends a close frame; a reason that is too long is cut.
func AppendClose(to []byte, code int, reason string) []byte {
	if code == codeNone {
		return AppendHeader(to, Close, 0)
	}
	for len(reason) > maxControl-2 || !utf8.ValidString(reason) {
		reason = reason[:len(reason)-1]
	}
	to = AppendHeader(to, Close, 2+len(reason))
	to = binary.BigEndian.AppendUint16(to, uint16(code))
	return append(to, reason...)
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
	if len(payload) == 1 {
		return violation(CodeProtocol, "a close frame has a code of two bytes, or none")
	}
	code := int(binary.BigEndian.Uint16(payload))
	switch {
	case !sendable(code):
		return violation(CodeProtocol, "this close code may not be sent")
	case !utf8.Valid(payload[2:]):
		return violation(CodeNotUTF8, "the reason is not UTF-8")
	}
	return &CloseError{Code: code, Reason: string(payload[2:]), ByPeer: true}
}

// sendable reports whether a close code may be in a frame (section 7.4): those of
// 1000 to 1015 that are none of the reserved ones, and those of applications.
func sendable(code int) bool {
	return (code >= 1000 && code <= 1014 && code != 1004 && code != codeNone && code != 1006) ||
		(code >= 3000 && code <= 4999)
}
