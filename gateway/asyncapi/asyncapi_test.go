package asyncapi

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	realtimev1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/realtime/v1"
)

// served is the document as a client reads it.
type served struct {
	Asyncapi   string
	Channels   map[string]struct{ Address string }
	Operations map[string]struct{ Action string }
	Components struct {
		Messages map[string]struct {
			Payload  struct{ Properties map[string]json.RawMessage }
			Examples []struct{ Payload json.RawMessage }
		}
		Schemas map[string]struct{ Properties map[string]json.RawMessage }
	}
}

func get(t *testing.T) (string, served) {
	t.Helper()
	h, err := Document("Acme", "/v9/")
	require.NoError(t, err)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/asyncapi.json", nil))
	require.Equal(t, http.StatusOK, w.Code)
	var doc served
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &doc))
	return w.Body.String(), doc
}

func TestDocument_HasEveryMessageWithAnExampleThatDecodes(t *testing.T) {
	t.Parallel()
	_, doc := get(t)
	require.Equal(t, "3.0.0", doc.Asyncapi)
	require.Equal(t, "/v9/ws/{clientId}", doc.Channels["socket"].Address)
	for action, envelope := range map[string]proto.Message{"receive": &realtimev1.ClientMessage{}, "send": &realtimev1.ServerMessage{}} {
		cases := envelope.ProtoReflect().Descriptor().Oneofs().Get(0).Fields()
		for i := range cases.Len() {
			name := cases.Get(i).JSONName()
			message, ok := doc.Components.Messages[name]
			require.True(t, ok, name)
			require.Contains(t, message.Payload.Properties, name)
			require.Contains(t, doc.Operations, action+strings.ToUpper(name[:1])+name[1:])
			require.NotEmpty(t, message.Examples, name)
			for _, example := range message.Examples {
				got := envelope.ProtoReflect().New()
				require.NoError(t, protojson.Unmarshal(example.Payload, got.Interface()), name)
				require.True(t, got.Has(cases.Get(i)), "the example of %s is one", name)
			}
		}
	}
}

func TestDocument_EveryReferenceLeadsSomewhere(t *testing.T) {
	t.Parallel()
	body, doc := get(t)
	found := regexp.MustCompile(`"#/components/schemas/([^"]+)"`).FindAllStringSubmatch(body, -1)
	require.NotEmpty(t, found)
	for _, ref := range found {
		require.Contains(t, doc.Components.Schemas, ref[1])
	}
	event := doc.Components.Schemas["researcherpro.analysis.v1.Event"].Properties
	require.JSONEq(t, `{"type":"string","pattern":"^-?[0-9]+$"}`, string(event["sequence"]), "an int64 is a string in JSON")
	ask := doc.Components.Schemas["researcherpro.realtime.v1.Ask"].Properties
	require.JSONEq(t, `{"type":"string","minLength":1,"maxLength":4000}`, string(ask["text"]), "limits are told")
}
