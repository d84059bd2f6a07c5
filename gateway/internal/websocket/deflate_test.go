package websocket

import (
	"bytes"
	"compress/flate"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const deflated = 0x40 // the bit of a frame's first byte

func TestNegotiate(t *testing.T) {
	t.Parallel()
	const accepted = "permessage-deflate;server_no_context_takeover;client_no_context_takeover"
	tests := map[string]struct{ offered, want string }{
		"nothing":                      {"", ""},
		"as Chromium offers it":        {"permessage-deflate; client_max_window_bits", accepted},
		"as Firefox offers it":         {"permessage-deflate", accepted},
		"without contexts":             {"permessage-deflate; client_no_context_takeover; server_no_context_takeover", accepted},
		"another extension":            {"x-webkit-deflate-frame", ""},
		"another extension before":     {"bbf-usp-protocol, permessage-deflate", accepted},
		"a window we cannot keep to":   {"permessage-deflate; server_max_window_bits=10", ""},
		"that window, or a second one": {"permessage-deflate; server_max_window_bits=10, permessage-deflate", accepted},
		"an unknown parameter":         {"permessage-deflate; level=9", ""},
		"a window of no size":          {"permessage-deflate; client_max_window_bits=77", ""},
		"no header's syntax":           {"permessage-deflate; =;;\"", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &http.Request{Header: http.Header{http.CanonicalHeaderKey(extensionHeader): {tc.offered}}}
			require.Equal(t, tc.want, strings.ReplaceAll(negotiate(r), " ", ""))
		})
	}
}

// squeezed is a message as a client deflates it: without the end of its last block.
func squeezed(t *testing.T, message string) string {
	t.Helper()
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	require.NoError(t, err)
	_, err = w.Write([]byte(message))
	require.NoError(t, err)
	require.NoError(t, w.Flush())
	return strings.TrimSuffix(out.String(), "\x00\x00\xff\xff")
}

func TestReader_Deflated(t *testing.T) {
	t.Parallel()
	hello, long := squeezed(t, "hello"), strings.Repeat("é", limit/2)
	tests := map[string]struct {
		sent string
		want []string
		code int // of the close frame; 0 where there is none
	}{
		"a message":                     {masked(text|deflated, hello), []string{"1:hello"}, 0},
		"one that is not, in between":   {masked(text|deflated, hello) + masked(text, "plain") + masked(text|deflated, hello), []string{"1:hello", "1:plain", "1:hello"}, 0},
		"nothing, as browsers do it":    {masked(text|deflated, "\x00"), []string{"1:"}, 0},
		"in fragments, with a ping":     {masked(begin|deflated, hello[:2]) + masked(ping, "p") + masked(last, hello[2:]), []string{"9:p", "1:hello"}, 0},
		"the greatest length":           {masked(text|deflated, squeezed(t, long)), []string{"1:" + long}, 0},
		"a bomb":                        {masked(text|deflated, squeezed(t, strings.Repeat("x", 100*limit))), nil, CodeTooBig},
		"no deflated data":              {masked(text|deflated, "\xff\xff\xff"), nil, CodeBadData},
		"no UTF-8 in it":                {masked(text|deflated, squeezed(t, "\xff")), nil, CodeBadData},
		"a deflated ping":               {masked(ping|deflated, ""), nil, CodeProtocol},
		"the bit on a later fragment":   {masked(begin|deflated, hello[:2]) + masked(last|deflated, hello[2:]), nil, CodeProtocol},
		"a bit that nobody has defined": {masked(text|0x20, "a"), nil, CodeProtocol},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := readAll(strings.NewReader(tc.sent), Opened{Deflate: true})
			require.Equal(t, tc.want, got)
			var closed *CloseError
			if tc.code != 0 {
				require.ErrorAs(t, err, &closed)
				require.Equal(t, tc.code, closed.Code, closed.Reason)
			}
		})
	}
}

func TestDeflate_IsReadAgain(t *testing.T) {
	t.Parallel()
	for range 3 { // the same compressor, most likely
		frame, err := Deflate(Text, []byte("hello"))
		require.NoError(t, err)
		require.Equal(t, byte(text|deflated), frame[0])
		require.Len(t, frame, 2+int(frame[1]))
		message, err := inflate(frame[2:], limit)
		require.NoError(t, err)
		require.Equal(t, "hello", string(message))
	}
}
