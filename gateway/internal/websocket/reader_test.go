package websocket

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
)

// wire is a connection whose client has sent all it will.
type wire struct{ io.Reader }

// SetReadDeadline implements Source.
func (wire) SetReadDeadline(time.Time) error { return nil }

// masked is a client's frame.
func masked(first byte, payload string) string {
	key := [4]byte{1, 2, 3, 4}
	out := []byte{first}
	switch {
	case len(payload) <= 125:
		out = append(out, 0x80|byte(len(payload)))
	case len(payload) <= 0xffff:
		out = binary.BigEndian.AppendUint16(append(out, 0x80|126), uint16(len(payload)))
	default:
		out = binary.BigEndian.AppendUint64(append(out, 0x80|127), uint64(len(payload)))
	}
	body := []byte(payload)
	for i := range body {
		body[i] ^= key[i&3]
	}
	return string(append(append(out, key[:]...), body...))
}

const (
	text  = 0x81
	begin = 0x01
	more  = 0x00
	last  = 0x80
	bin   = 0x82
	ping  = 0x89
	bye   = 0x88
	limit = 1 << 16
)

// readAll reads to the end and returns what came, as "1:text", and the end.
func readAll(src io.Reader, opened Opened) (got []string, err error) {
	note := func(op Opcode, payload []byte) error {
		got = append(got, string('0'+rune(op))+":"+string(payload))
		return nil
	}
	r := NewReader(wire{src}, opened, Limits{Message: limit, Patience: time.Minute}, note)
	for {
		op, payload, err := r.Next()
		if err != nil {
			return got, err
		}
		_ = note(op, payload)
	}
}

func TestReader_Messages(t *testing.T) {
	t.Parallel()
	long, longer := strings.Repeat("é", 100), strings.Repeat("x", limit)
	tests := map[string]struct {
		sent string
		want []string
	}{
		"a message":                          {masked(text, "hello"), []string{"1:hello"}},
		"an empty one":                       {masked(text, ""), []string{"1:"}},
		"a length of two bytes":              {masked(text, long), []string{"1:" + long}},
		"a length of eight bytes":            {masked(bin, longer), []string{"2:" + longer}},
		"fragments are one message":          {masked(begin, "a") + masked(more, "b") + masked(last, "c"), []string{"1:abc"}},
		"fragments may be empty":             {masked(begin, "") + masked(more, "") + masked(last, ""), []string{"1:"}},
		"a letter in two fragments":          {masked(begin, "\xc3") + masked(last, "\xa9"), []string{"1:é"}},
		"a ping between fragments":           {masked(begin, "a") + masked(ping, "p") + masked(last, "b"), []string{"9:p", "1:ab"}},
		"messages one behind the other":      {masked(text, "a") + masked(bin, "b"), []string{"1:a", "2:b"}},
		"a pong nobody asked for":            {masked(0x8a, ""), []string{"::"}},
		"binary need not be UTF-8":           {masked(bin, "\xff"), []string{"2:\xff"}},
		"a control frame of 125 bytes":       {masked(ping, strings.Repeat("p", 125)), []string{"9:" + strings.Repeat("p", 125)}},
		"the message of the greatest length": {masked(text, longer), []string{"1:" + longer}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for pieces, src := range map[string]io.Reader{
				"at once": strings.NewReader(tc.sent), "byte by byte": iotest.OneByteReader(strings.NewReader(tc.sent)),
			} {
				got, err := readAll(src, Opened{})
				require.ErrorIs(t, err, io.EOF, pieces)
				require.Equal(t, tc.want, got, pieces)
			}
			got, err := readAll(strings.NewReader(""), Opened{Early: []byte(tc.sent)})
			require.ErrorIs(t, err, io.EOF)
			require.Equal(t, tc.want, got, "behind the request of the upgrade")
		})
	}
}

func TestReader_WhatAClientMayNotSend(t *testing.T) {
	t.Parallel()
	pieces := masked(begin, "") + strings.Repeat(masked(more, "x"), maxFragments)
	tests := map[string]struct {
		sent string
		code int
	}{
		"not masked":                        {"\x81\x01a", CodeProtocol},
		"a reserved bit, as of compression": {masked(0xc1, "a"), CodeProtocol},
		"an unknown data opcode":            {masked(0x83, "a"), CodeProtocol},
		"an unknown control opcode":         {masked(0x8b, ""), CodeProtocol},
		"a ping in fragments":               {masked(0x09, "a"), CodeProtocol},
		"a ping of 126 bytes":               {masked(ping, strings.Repeat("p", 126)), CodeProtocol},
		"nothing to continue":               {masked(last, "a"), CodeProtocol},
		"a message within a message":        {masked(begin, "a") + masked(text, "b"), CodeProtocol},
		"a length with the highest bit":     {"\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", CodeProtocol},
		"a length over the limit":           {"\x81\xff\x00\x00\x00\x00\x7f\xff\xff\xff\x00\x00\x00\x00", CodeTooBig},
		"fragments over the limit":          {masked(begin, strings.Repeat("x", limit)) + masked(last, "x"), CodeTooBig},
		"too many fragments":                {pieces, CodePolicy},
		"text that is not UTF-8":            {masked(text, "\xff\xfe"), CodeBadData},
		"half a letter":                     {masked(begin, "a") + masked(last, "\xc3"), CodeBadData},
		"a surrogate":                       {masked(text, "\xed\xa0\x80"), CodeBadData},
		"a close frame of a byte":           {masked(bye, "\x03"), CodeProtocol},
		"a close code below the first":      {masked(bye, "\x03\xe7"), CodeProtocol},
		"a close code that is never sent":   {masked(bye, "\x03\xed"), CodeProtocol},
		"a close code of nobody":            {masked(bye, "\x07\xd0"), CodeProtocol},
		"a close code above the last":       {masked(bye, "\x13\x88"), CodeProtocol},
		"a reason that is not UTF-8":        {masked(bye, "\x03\xe8\xff"), CodeBadData},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := readAll(strings.NewReader(tc.sent), Opened{})
			var closed *CloseError
			require.ErrorAs(t, err, &closed)
			require.Equal(t, tc.code, closed.Code, closed.Reason)
			require.False(t, closed.ByPeer)
		})
	}
}

func TestReader_TheClientCloses(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]CloseError{
		"":                 {Code: codeNone, ByPeer: true},
		"\x03\xe8":         {Code: CodeNormal, ByPeer: true},
		"\x03\xe9going":    {Code: 1001, Reason: "going", ByPeer: true},
		"\x03\xf4":         {Code: CodeServiceRestart, ByPeer: true},
		"\x0f\xa0anything": {Code: 4000, Reason: "anything", ByPeer: true},
	} {
		_, err := readAll(strings.NewReader(masked(bye, sent)), Opened{})
		var closed *CloseError
		require.ErrorAs(t, err, &closed)
		require.Equal(t, want, *closed)
	}
}

func TestReader_AnAnnouncedLengthTakesNoMemory(t *testing.T) {
	t.Parallel()
	const announced = 1 << 30
	head := binary.BigEndian.AppendUint64([]byte{bin, 0xff}, announced)
	sent := append(head, 0, 0, 0, 0, 'x')
	allocated := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			r := NewReader(wire{bytes.NewReader(sent)}, Opened{}, Limits{Message: announced, Patience: time.Minute}, nil)
			_, _, err := r.Next()
			require.ErrorIs(b, err, io.ErrUnexpectedEOF)
		}
	}).AllocedBytesPerOp()
	require.Less(t, allocated, int64(64<<10))
}

func TestAppendClose_CutsAReasonBetweenLetters(t *testing.T) {
	t.Parallel()
	frame := AppendClose(nil, CodePolicy, strings.Repeat("é", 100))
	require.Equal(t, byte(2+122), frame[1])
	require.Equal(t, strings.Repeat("é", 61), string(frame[4:]))
}

// FuzzClientFrames lets anything come over the wire: the reader ends, and what it gives
// is bounded by the limit.
func FuzzClientFrames(f *testing.F) {
	f.Add([]byte(masked(text, "hello") + masked(begin, "a") + masked(ping, "p") + masked(last, "b") + masked(bye, "\x03\xe8")))
	f.Add([]byte("\x81\xff\x00\x00\x00\x00\x7f\xff\xff\xff\x00\x00\x00\x00"))
	f.Add([]byte(strings.Repeat(masked(more, "x"), 20)))
	packed, err := Deflate(Text, []byte(strings.Repeat("hello ", 100)))
	require.NoError(f, err)
	f.Add([]byte(masked(text|0x40, string(packed[2:]))))
	f.Fuzz(func(t *testing.T, sent []byte) {
		const small = 1 << 12
		bounded := func(op Opcode, payload []byte) error {
			if len(payload) > small || (op.IsControl() && len(payload) > maxControl) {
				t.Fatalf("opcode %d with %d bytes", op, len(payload))
			}
			return nil
		}
		for _, deflate := range []bool{false, true} {
			r := NewReader(wire{bytes.NewReader(sent)}, Opened{Deflate: deflate}, Limits{Message: small, Patience: time.Minute}, bounded)
			var err error
			for err == nil {
				var op Opcode
				var payload []byte
				if op, payload, err = r.Next(); err == nil {
					_ = bounded(op, payload)
				}
			}
			var closed *CloseError
			if errors.As(err, &closed) && closed.Code == codeNone && !closed.ByPeer {
				t.Fatal("1005 would be sent")
			}
		}
	})
}
