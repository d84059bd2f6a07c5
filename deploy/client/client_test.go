package client_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/deploy/client"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// serve runs a server of one handler until the test ends and returns a client.
func serve(t *testing.T, handler http.HandlerFunc) *client.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return client.New(server.URL+"/", "the-token") // a slash at the end does no harm
}

func TestStart_SendsTheRequestAndReadsTheAnswer(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var got map[string]any
		if json.NewDecoder(r.Body).Decode(&got) != nil || got["question"] != "Why?" || r.URL.Path != "/api/v1/analysis/start" ||
			r.Header.Get("Authorization") != "Bearer the-token" || r.Header.Get("Content-Type") != "application/json" {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		_, _ = io.WriteString(w, `{"id":"a1","state":"QUEUED","fieldOfTheFuture":{"x":1}}`)
	})
	a, err := c.Start(t.Context(), &analysisv1.StartAnalysisRequest{Question: "Why?"})
	require.NoError(t, err)
	require.Equal(t, "a1", a.GetId())
	require.Equal(t, analysisv1.Analysis_QUEUED, a.GetState())
}

func TestSignIn_KeepsTheToken(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/auth/login" && r.URL.Path != "/api/v1/auth/register" {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		_, _ = io.WriteString(w, `{"accessToken":"`+strings.TrimPrefix(r.URL.Path, "/api/v1/auth/")+`"}`)
	})
	_, err := c.Register(t.Context(), "me@example.org", "a long password", "Me")
	require.NoError(t, err)
	require.Equal(t, "register", c.Token())
	_, err = c.Login(t.Context(), "me@example.org", "a long password")
	require.NoError(t, err)
	require.Equal(t, "login", c.Token())
}

func TestError_IsWhatTheServerSays(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status  int
		body    string
		message string
	}{
		"a status's message":       {404, `{"code":5,"message":"the analysis was not found","details":[]}`, "the analysis was not found"},
		"a proxy's page":           {502, `<html>Bad Gateway</html>`, "502 Bad Gateway"},
		"an answer with no words":  {500, ``, "500 Internal Server Error"},
		"a JSON that is no status": {400, `{"error":"x"}`, "400 Bad Request"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tc.status)
				_, _ = io.WriteString(w, tc.body)
			})
			_, err := c.Analysis(t.Context(), "a1")
			refused := &client.Error{}
			require.ErrorAs(t, err, &refused)
			require.Equal(t, tc.status, refused.Status)
			require.Equal(t, tc.message, refused.Error())
		})
	}
}

func TestCall_ValuesCannotLeaveTheirPlaceInThePath(t *testing.T) {
	t.Parallel()
	path := ""
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.EscapedPath()
		_, _ = io.WriteString(w, `{}`)
	})
	_, err := c.Analysis(t.Context(), "../auth/me?x=1")
	require.NoError(t, err)
	require.Equal(t, "/api/v1/analysis/..%2Fauth%2Fme%3Fx=1", path)
}

func TestCall_AnswerThatIsNoJSONIsAnError(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	_, err := c.Analysis(t.Context(), "a1")
	require.ErrorContains(t, err, "decode answer of /api/v1/analysis/a1")
}

func TestLists_ReadEveryPage(t *testing.T) {
	t.Parallel()
	pages := map[string]string{
		"":    `[{"id":"1"},{"id":"2"}],"nextPageToken":"a+b"`,
		"a+b": `[],"nextPageToken":"c"`, // an empty page is not the end
		"c":   `[{"id":"3"}],"nextPageToken":""`,
	}
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		kind := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		_, _ = io.WriteString(w, `{"`+kind+`":`+pages[r.URL.Query().Get("pageToken")]+`}`)
	})
	findings, err := c.Findings(t.Context(), "a1")
	require.NoError(t, err)
	require.Len(t, findings, 3)
	sources, err := c.Sources(t.Context(), "r1")
	require.NoError(t, err)
	require.Len(t, sources, 3)
}

func TestExport_CopiesTheReport(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("format") != "md" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"message":"format: must be md"}`)
			return
		}
		_, _ = io.WriteString(w, "# Report\n")
	})
	var out strings.Builder
	require.NoError(t, c.Export(t.Context(), "p1", "md", &out))
	require.Equal(t, "# Report\n", out.String())
	require.EqualError(t, c.Export(t.Context(), "p1", "ps", &out), "format: must be md")
}

func TestServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	_, err := client.New(server.URL, "").Analysis(t.Context(), "a1")
	require.ErrorContains(t, err, "ask the server")
}
