package e2e

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	realtimev1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/realtime/v1"
)

// followUp is a question that only what was asked before makes whole.
const followUp = "And why does ice form on its outdoor coil?"

// onEvidence checks that an answer quotes the snapshots of its sources.
func (u *user) onEvidence(t *testing.T, answer *analysisv1.Answer) {
	t.Helper()
	require.False(t, answer.GetNoEvidence(), answer.GetText())
	require.NotEmpty(t, answer.GetCitations())
	require.NotEmpty(t, answer.GetMessageId())
	for _, s := range answer.GetSentences() {
		require.NotEmpty(t, s.GetCitations(), "a claim without a source: %s", s.GetText())
	}
	for _, c := range answer.GetCitations() {
		require.Equal(t, c.GetQuote(), u.content(t, c.GetSourceId())[c.GetStartOffset():c.GetEndOffset()])
	}
}

// written reads an answer that is streamed as Server-Sent Events: what was told while
// it was written, and the answer, which ends the stream.
func (u *user) written(t *testing.T, path, body string) (string, *analysisv1.Answer) {
	t.Helper()
	req := u.request(t, http.MethodPost, path, strings.NewReader(body), "Content-Type", "application/json", "Accept", "text/event-stream")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	var deltas, kind string
	var answer *analysisv1.Answer
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch {
		case name == "event":
			kind = value
		case name == "data" && kind == "delta":
			require.Nil(t, answer, "the answer is the last event")
			part := &analysisv1.AnswerPart{}
			require.NoError(t, protojson.Unmarshal([]byte(value), part))
			deltas += part.GetDelta()
		case name == "data":
			require.Equal(t, "answer", kind, value)
			answer = &analysisv1.Answer{}
			require.NoError(t, protojson.Unmarshal([]byte(value), answer))
		}
	}
	require.NoError(t, lines.Err())
	require.NotNil(t, answer)
	return deltas, answer
}

// answer hears an answer over the socket: deltas with the question's id, then the whole.
func (s *socket) answer(id string) (string, *analysisv1.Answer) {
	s.t.Helper()
	var deltas strings.Builder
	for {
		msg := s.hear()
		require.Equal(s.t, id, msg.GetId())
		switch said := msg.GetMessage().(type) {
		case *realtimev1.ServerMessage_Delta:
			deltas.WriteString(said.Delta.GetText())
		case *realtimev1.ServerMessage_Answer:
			return deltas.String(), said.Answer
		default:
			s.t.Fatalf("heard %s", msg)
		}
	}
}

func testAsk(t *testing.T, base string) {
	u := signUp(t, base)
	u.addLibrary(t)
	id := u.completed(t).GetId()
	path, messages := "/api/v1/analysis/"+id+":ask", "/api/v1/analysis/"+id+"/messages"
	body := `{"text":"` + question + `"}`

	whole := &analysisv1.Answer{}
	u.post(t, path, &analysisv1.AskRequest{Text: question}, whole)
	u.onEvidence(t, whole)

	deltas, answer := u.written(t, path, body)
	u.onEvidence(t, answer)
	require.Contains(t, deltas, answer.GetSentences()[0].GetText(), "it is told while it is written")
	require.Equal(t, whole.GetText(), answer.GetText())

	sock := u.connect(t)
	sock.say(`{"id":"3","ask":{"analysisId":"` + id + `","text":"` + followUp + `"}}`)
	deltas, answer = sock.answer("3")
	u.onEvidence(t, answer)
	require.Contains(t, deltas, answer.GetSentences()[0].GetText())
	require.Contains(t, answer.GetText(), "ice forms on the outdoor coil")

	list := &analysisv1.ListMessagesResponse{}
	u.get(t, messages+"?pageSize=2", list)
	require.Len(t, list.GetMessages(), 2)
	require.Equal(t, whole.GetMessageId(), list.GetMessages()[0].GetId(), "the oldest first")
	next := &analysisv1.ListMessagesResponse{}
	u.get(t, messages+"?pageSize=2&pageToken="+list.GetNextPageToken(), next)
	require.Len(t, next.GetMessages(), 1)
	require.Equal(t, followUp, next.GetMessages()[0].GetQuestion())
	require.Empty(t, next.GetNextPageToken())

	resp, content := u.json(t, http.MethodDelete, messages, "")
	decode(t, resp, content, &emptypb.Empty{})
	none := &analysisv1.ListMessagesResponse{}
	u.get(t, messages, none)
	require.Empty(t, none.GetMessages())
}

// overGRPC is the rule that testStreamAsk shows, which needs more than a base address.
const overGRPC = "a question is answered over gRPC"

// testStreamAsk asks as internal teams do, past the gateway.
func testStreamAsk(t *testing.T, base, address string, secured credentials.TransportCredentials) {
	t.Helper()
	u := signUp(t, base)
	u.addLibrary(t)
	id := u.completed(t).GetId()
	conn, err := grpcclient.Dial(address, grpcclient.Options{Credentials: secured})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	ctx := authn.WithToken(t.Context(), u.token)
	stream, err := analysisv1.NewConversationServiceClient(conn).StreamAsk(ctx, &analysisv1.AskRequest{AnalysisId: id, Text: question})
	require.NoError(t, err)
	var deltas strings.Builder
	var answer *analysisv1.Answer
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		require.Nil(t, answer, "the answer is the last part")
		deltas.WriteString(part.GetDelta())
		answer = part.GetAnswer()
	}
	u.onEvidence(t, answer)
	require.Contains(t, deltas.String(), answer.GetSentences()[0].GetText())
}

func testAskRefused(t *testing.T, base string) {
	u, other := signUp(t, base), signUp(t, base)
	u.add(t, "winter.md", []byte(markdownFile))
	id := u.completed(t).GetId()
	path := "/api/v1/analysis/" + id + ":ask"
	tests := map[string]struct {
		user       *user
		path, body string
		status     int
		field      string
	}{
		"no question":                 {u, path, `{}`, http.StatusBadRequest, "text"},
		"a blank question":            {u, path, `{"text":"  "}`, http.StatusBadRequest, "text"},
		"a question that is too long": {u, path, `{"text":"` + strings.Repeat("why ", 1001) + `"}`, http.StatusBadRequest, "text"},
		"an unknown engine":           {u, path, `{"text":"Why?","engine":"steam"}`, http.StatusBadRequest, "engine"},
		"an unknown field":            {u, path, `{"words":"Why?"}`, http.StatusBadRequest, "words"},
		"another's run":               {other, path, `{"text":"Why?"}`, http.StatusNotFound, ""},
		"no text to look through":     {u, "/api/v1/texts:analyze", `{}`, http.StatusBadRequest, "text"},
	}
	for name, tc := range tests {
		for _, accept := range []string{"application/json", "text/event-stream"} {
			resp, body := send(t, tc.user.request(t, http.MethodPost, tc.path, strings.NewReader(tc.body), "Content-Type", "application/json", "Accept", accept))
			_, fields := refused(t, resp, body, tc.status)
			if tc.field != "" {
				require.Contains(t, fields, tc.field, "%s as %s", name, accept)
			}
		}
	}
	for path, method := range map[string]string{"/messages": http.MethodGet, "/messages?": http.MethodDelete} {
		resp, body := other.json(t, method, "/api/v1/analysis/"+id+path, "")
		refused(t, resp, body, http.StatusNotFound)
	}
}

func testAnalyzeText(t *testing.T, base string) {
	u := signUp(t, base)
	body, err := protojson.Marshal(&analysisv1.AnalyzeTextRequest{Text: markdownFile, Question: question})
	require.NoError(t, err)
	whole := &analysisv1.Answer{}
	u.post(t, "/api/v1/texts:analyze", &analysisv1.AnalyzeTextRequest{Text: markdownFile, Question: question}, whole)
	require.NotEmpty(t, whole.GetCitations())
	for _, c := range whole.GetCitations() {
		require.Equal(t, c.GetQuote(), markdownFile[c.GetStartOffset():c.GetEndOffset()])
	}
	deltas, streamed := u.written(t, "/api/v1/texts:analyze", string(body))
	require.NotEmpty(t, deltas)
	require.Equal(t, whole.GetText(), streamed.GetText())

	sock := u.connect(t)
	sock.say(`{"id":"4","analyze":` + string(body) + `}`)
	_, heard := sock.answer("4")
	require.Equal(t, whole.GetText(), heard.GetText())
	list := &analysisv1.ListAnalysesResponse{}
	u.get(t, "/api/v1/analysis", list)
	require.Empty(t, list.GetAnalyses(), "it is stored nowhere")
}
