package edge

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

// plainHeaders are behind the status line of an answer that the server of net/http
// gives before there is a request that a handler could answer.
const plainHeaders = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

// maxPlain is more than such an answer has bytes.
const maxPlain = 1 << 10

// Write implements net.Conn. What the server refuses by itself goes out as a Status.
func (c *clientConn) Write(p []byte) (int, error) {
	refused := refusal(p)
	if refused == nil {
		return c.Conn.Write(p)
	}
	if _, err := c.Conn.Write(refused); err != nil {
		return 0, err
	}
	return len(p), nil
}

// refusal returns the answer in place of a plain one, and nil in place of any other.
func refusal(plain []byte) []byte {
	rest, ok := bytes.CutPrefix(plain, []byte("HTTP/1.1 "))
	if !ok || len(plain) > maxPlain {
		return nil
	}
	line, _, ok := bytes.Cut(rest, []byte(plainHeaders))
	if !ok || len(line) < 3 {
		return nil
	}
	code, err := strconv.Atoi(string(line[:3]))
	if err != nil {
		return nil
	}
	_, why, _ := strings.Cut(string(line), ": ") // "400 Bad Request: missing required Host header"
	body, err := reply.JSON().Marshal(errs.Status(malformed(code, why)).Proto())
	if err != nil {
		return nil
	}
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		code, http.StatusText(code), len(body), body)
}

// malformed says what is wrong with what is no request.
func malformed(code int, why string) error {
	switch {
	case code == http.StatusRequestHeaderFieldsTooLarge:
		return errs.New(errs.InvalidArgument, "HEADER_TOO_LARGE", "the header is too large")
	case code == http.StatusNotImplemented:
		return errs.New(errs.InvalidArgument, "MALFORMED_REQUEST", "this transfer encoding is not supported")
	case why != "":
		return errs.New(errs.InvalidArgument, "MALFORMED_REQUEST", "this is no request of HTTP/1.1: "+why)
	}
	return errs.New(errs.InvalidArgument, "MALFORMED_REQUEST", "this is no request of HTTP/1.1")
}
