package feed

import (
	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	"github.com/researcherpro/researcherpro/gateway/internal/websocket"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// Event is an event in the form in which clients get it. It is shared by all
// readers and must not be changed.
type Event struct {
	// Sequence is the event's place in the log, from 1.
	Sequence int64
	// Type is the name of the event's type, "FINDING_ADDED".
	Type string
	// JSON is the whole event.
	JSON []byte
	// Plain is the WebSocket's frame of {"event": JSON}, whole and ready to be
	// written to any socket. The two share memory.
	Plain []byte
	// Deflated is the same for sockets that take deflated messages; it is Plain
	// where that does not pay.
	Deflated []byte
}

// Form is how a socket takes events.
type Form bool

// The forms of an event's frame.
const (
	Plain    Form = false
	Deflated Form = true
)

// frame returns the event's frame in a form.
func (e Event) frame(form Form) []byte {
	if form == Deflated {
		return e.Deflated
	}
	return e.Plain
}

// Batch is what a reader gets: events, or word that the reader fell behind.
type Batch struct {
	// Events are the next events, in order.
	Events []Event
	// Lagged says that the reader fell out of the window. The events after
	// Position follow all the same, from the log.
	Lagged bool
	// Position is the sequence of the last event that the reader has.
	Position int64
}

// Frames appends the frames of the first events, at least one and not much more than
// limit bytes, and returns how many they are of.
func Frames(to []byte, events []Event, form Form, limit int) ([]byte, int) {
	for i, e := range events {
		frame := e.frame(form)
		if i > 0 && len(to)+len(frame) > limit {
			return to, i
		}
		to = append(to, frame...)
	}
	return to, len(events)
}

// encode writes an event as JSON, once for all its readers.
func encode(event *analysisv1.Event) (Event, error) {
	body, err := reply.JSON().Marshal(event)
	if err != nil {
		return Event{}, err
	}
	const head, tail, maxHeader = `{"event":`, `}`, 10
	size := len(head) + len(body) + len(tail)
	frame := websocket.AppendHeader(make([]byte, 0, maxHeader+size), websocket.Text, size)
	frame = append(frame, head...)
	from := len(frame)
	frame = append(append(frame, body...), tail...)
	deflated, err := deflate(frame, frame[from-len(head):])
	if err != nil {
		return Event{}, err
	}
	return Event{
		Sequence: event.GetSequence(),
		Type:     event.GetType().String(),
		JSON:     frame[from : from+len(body)],
		Plain:    frame,
		Deflated: deflated,
	}, nil
}

// deflate returns the frame for sockets that take deflated messages: plain, unless a
// quarter of it or more is saved. Less is not worth the work of all who inflate it.
func deflate(plain, message []byte) ([]byte, error) {
	deflated, err := websocket.Deflate(websocket.Text, message)
	if err != nil || len(deflated) > len(plain)-len(plain)/4 {
		return plain, err
	}
	return deflated, nil
}
