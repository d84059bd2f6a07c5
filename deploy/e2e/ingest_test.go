package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/deploy/client"
	"github.com/researcherpro/researcherpro/deploy/programtest"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// filesOfIngest is how many files the killed command sends; INGEST_FILES replaces it.
const filesOfIngest = 300

// mixed writes n small files of several formats into a folder, each with a text of
// its own, and returns their digests. Every 25th is a copy of the one before it, and
// every 40th cannot be read.
func mixed(t *testing.T, n int) (dir string, digests map[string]bool) {
	t.Helper()
	dir, digests = t.TempDir(), map[string]bool{}
	formats := []func(fact string) (ending string, content []byte){
		func(fact string) (string, []byte) { return "md", []byte("# A note\n\n" + fact + "\n") },
		func(fact string) (string, []byte) { return "txt", []byte(fact) },
		func(fact string) (string, []byte) {
			return "html", []byte("<html><body><h1>A page</h1><p>" + fact + "</p></body></html>")
		},
		func(fact string) (string, []byte) { return "csv", []byte("house,fact\n1," + fact + "\n2,none\n") },
		func(fact string) (string, []byte) { return "json", []byte(`{"house": {"fact": "` + fact + `"}}`) },
		func(fact string) (string, []byte) { return "pdf", pdfFile("A report", "", fact) },
	}
	var last []byte
	for i := range n {
		ending, content := formats[i%len(formats)](fmt.Sprintf("The heat pump of house %d runs %d hours a day.", i, 6+i%18))
		switch {
		case i%25 == 24:
			content = last
		case i%40 == 39:
			ending, content = "pdf", fmt.Appendf(nil, "%%PDF-1.7\nbroken %d", i)
		}
		last = content
		folder := filepath.Join(dir, strconv.Itoa(i%7))
		require.NoError(t, os.MkdirAll(folder, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(folder, fmt.Sprintf("%05d.%s", i, ending)), content, 0o600))
		sum := sha256.Sum256(content)
		digests[hex.EncodeToString(sum[:])] = true
	}
	return dir, digests
}

// library returns the documents of a user's library.
func (u *user) library(t *testing.T) []*researchv1.Document {
	t.Helper()
	var all []*researchv1.Document
	for doc, err := range client.New(u.base, u.token).Documents(t.Context()) {
		require.NoError(t, err)
		all = append(all, doc)
	}
	return all
}

// size is how many documents a user's library has.
func (u *user) size(t *testing.T) (n int) {
	t.Helper()
	list := &researchv1.ListCollectionsResponse{}
	u.get(t, "/api/v1/collections", list)
	for _, c := range list.GetCollections() {
		n += int(c.GetDocumentCount())
	}
	return n
}

// awaitSize waits until more than some of n documents are in a user's library.
func (u *user) awaitSize(t *testing.T, some, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return u.size(t) > some }, patienceFor(n), 250*time.Millisecond)
}

// patienceFor is how long n files may take: ten a second, on a machine that has other
// things to do.
func patienceFor(n int) time.Duration { return patience + time.Duration(n)*100*time.Millisecond }

// requireEnds waits until a command that sends n files has ended well.
func requireEnds(t *testing.T, c *programtest.Child, n int) {
	t.Helper()
	select {
	case <-c.Done():
		require.Zero(t, c.ExitCode(), c.Output())
	case <-time.After(patienceFor(n)):
		t.Fatalf("it did not end:\n%s", c.Output())
	}
}

// TestIngest_KilledTwiceHasEachFileOnce kills the command that sends many files, then
// the fleet that takes them, and lets the command run to its end.
func TestIngest_KilledTwiceHasEachFileOnce(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the program and kills it")
	}
	n := filesOfIngest
	if text := os.Getenv("INGEST_FILES"); text != "" {
		var err error
		n, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	dir, digests := mixed(t, n)
	l := &local{program: filepath.Join(programtest.Build(t, "deploy/researcher-pro"), "researcher-pro"), state: t.TempDir()}
	u := signUp(t, l.start(t))
	ingest := func() *programtest.Child {
		return programtest.Launch(t, l.program, map[string]string{"RESEARCHER_PRO_SERVER": u.base, "RESEARCHER_PRO_TOKEN": u.token}, "ingest", dir)
	}

	begin := time.Now()
	first := ingest()
	u.awaitSize(t, n/3, n)
	first.Kill(t)

	second := ingest()
	u.awaitSize(t, n*2/3, n)
	l.child.Kill(t)
	second.Kill(t) // it would wait for the server, which comes back elsewhere
	u.base = l.start(t)

	third := ingest()
	requireEnds(t, third, n)
	t.Logf("%d files in %s, three starts and two kills included", n, time.Since(begin).Round(time.Second))
	broken := 0
	for _, doc := range u.library(t) {
		require.True(t, digests[doc.GetSha256()], "%s was never sent, or is there twice", doc.GetFileName())
		delete(digests, doc.GetSha256())
		if doc.GetState() != researchv1.Document_READY {
			require.Equal(t, researchv1.Document_FAILED, doc.GetState(), doc.GetFileName())
			require.Equal(t, "BROKEN", doc.GetError().GetReason(), doc.GetFileName())
			broken++
		}
	}
	require.Empty(t, digests, "files that are missing")
	require.Positive(t, broken)
	printed := third.Output()
	require.Contains(t, printed, fmt.Sprintf("of %d files are in the library.", n))
	require.Contains(t, printed, fmt.Sprintf("Not readable (%d):", strings.Count(printed, ".pdf: ")))
	require.GreaterOrEqual(t, strings.Count(printed, ".pdf: "), broken)

	fourth := ingest() // nothing to do
	requireEnds(t, fourth, n)
	require.Equal(t, printed, fourth.Output())
	l.child.Stop(t)
}
