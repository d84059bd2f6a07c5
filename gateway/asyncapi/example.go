package asyncapi

import (
	"encoding/json"
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	realtimev1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/realtime/v1"
)

const (
	fromClient = "researcherpro.realtime.v1.ClientMessage."
	fromServer = "researcherpro.realtime.v1.ServerMessage."
	analysisID = "01930000-0000-7000-8000-000000000001"
	question   = "How does a heat pump work in cold weather?"
)

// summaries say what each message means.
var summaries = map[protoreflect.FullName]string{
	fromClient + "subscribe":   "Follow an analysis from a sequence on; again to move the reading point.",
	fromClient + "unsubscribe": "Stop following an analysis.",
	fromClient + "ask":         "Ask a question about the evidence of an analysis.",
	fromClient + "analyze":     "Look through a text at once.",
	fromServer + "ack":         "The message was taken.",
	fromServer + "error":       "The message was not taken; the socket stays open.",
	fromServer + "event":       "Something happened in an analysis that is followed.",
	fromServer + "lagged":      "The client reads too slowly; the events after that sequence follow from the log.",
	fromServer + "delta":       "A piece of an answer as it is written, not checked yet.",
	fromServer + "answer":      "The whole answer, checked.",
}

// examples are one of each, as messages: they cannot be of another form.
func examples() map[protoreflect.FullName]proto.Message {
	return map[protoreflect.FullName]proto.Message{
		fromClient + "subscribe": &realtimev1.ClientMessage{Id: "1", Request: &realtimev1.ClientMessage_Subscribe{
			Subscribe: &realtimev1.Subscribe{AnalysisId: analysisID, AfterSequence: 6},
		}},
		fromClient + "unsubscribe": &realtimev1.ClientMessage{Id: "2", Request: &realtimev1.ClientMessage_Unsubscribe{
			Unsubscribe: &realtimev1.Unsubscribe{AnalysisId: analysisID},
		}},
		fromClient + "ask": &realtimev1.ClientMessage{Id: "3", Request: &realtimev1.ClientMessage_Ask{
			Ask: &realtimev1.Ask{AnalysisId: analysisID, Text: question},
		}},
		fromClient + "analyze": &realtimev1.ClientMessage{Id: "4", Request: &realtimev1.ClientMessage_Analyze{
			Analyze: &realtimev1.Analyze{Text: "In cold weather a heat pump works longer.", Question: question},
		}},
		fromServer + "ack": &realtimev1.ServerMessage{Id: "1", Message: &realtimev1.ServerMessage_Ack{Ack: &realtimev1.Ack{}}},
		fromServer + "error": &realtimev1.ServerMessage{Id: "2", Message: &realtimev1.ServerMessage_Error{
			Error: &realtimev1.Error{Code: "NOT_FOUND", Message: "there is no such analysis"},
		}},
		fromServer + "event": &realtimev1.ServerMessage{Message: &realtimev1.ServerMessage_Event{Event: &analysisv1.Event{
			AnalysisId: analysisID, Sequence: 7, Type: analysisv1.Event_TEXT,
			Time:   timestamppb.New(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)),
			Detail: &analysisv1.Event_Text{Text: &analysisv1.TextWritten{Text: "A heat pump "}},
		}}},
		fromServer + "lagged": &realtimev1.ServerMessage{Message: &realtimev1.ServerMessage_Lagged{
			Lagged: &realtimev1.Lagged{AnalysisId: analysisID, ResumeAfter: 7},
		}},
		fromServer + "delta": &realtimev1.ServerMessage{Id: "3", Message: &realtimev1.ServerMessage_Delta{
			Delta: &realtimev1.Delta{Text: "It works longer"},
		}},
		fromServer + "answer": &realtimev1.ServerMessage{Id: "3", Message: &realtimev1.ServerMessage_Answer{
			Answer: &analysisv1.Answer{Text: "It works longer in cold weather."},
		}},
	}
}

// exampleOf returns the example of a case as JSON. A case without one is a mistake,
// which the first start shows.
func exampleOf(name protoreflect.FullName) (json.RawMessage, error) {
	message, ok := examples()[name]
	if !ok || summaries[name] == "" {
		return nil, fmt.Errorf("there is no example or summary of %s", name)
	}
	return protojson.Marshal(message)
}
