package websocket

import (
	"io"
	"time"
)

// Source is what frames are read from: a net.Conn.
type Source interface {
	io.Reader
	SetReadDeadline(t time.Time) error
}

// line is a connection whose client has to hurry within a message: one that never
// ends holds memory. Between messages it may be silent.
type line struct {
	src      Source
	early    []byte // read with the request of the upgrade, and not used yet
	patience time.Duration
	begun    bool // something of a message has come
	hurried  bool // a deadline is set
}

// Read implements io.Reader.
func (l *line) Read(p []byte) (int, error) {
	if len(l.early) > 0 {
		n := copy(p, l.early)
		if l.early = l.early[n:]; len(l.early) == 0 {
			l.early = nil // lets go of what holds it
		}
		l.begun = true
		return n, nil
	}
	if l.begun && !l.hurried {
		if err := l.src.SetReadDeadline(time.Now().Add(l.patience)); err != nil {
			return 0, err
		}
		l.hurried = true
	}
	n, err := l.src.Read(p)
	l.begun = l.begun || n > 0
	return n, err
}

// rest takes the deadline away, between messages.
func (l *line) rest() error {
	l.begun = false
	if !l.hurried {
		return nil
	}
	l.hurried = false
	return l.src.SetReadDeadline(time.Time{})
}
