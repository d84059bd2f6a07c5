package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/emptypb"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// add puts a file into the library and returns its document when it has been
// read, or cannot be.
func (u *user) add(t *testing.T, name string, content []byte, fields ...string) *researchv1.Document {
	t.Helper()
	doc := &researchv1.Document{}
	resp, body := u.upload(t, name, content, fields...)
	decode(t, resp, body, doc)
	return u.read(t, doc.GetId())
}

// read waits until a document is READY or FAILED.
func (u *user) read(t *testing.T, id string) *researchv1.Document {
	t.Helper()
	doc := &researchv1.Document{}
	deadline := time.After(patience)
	for {
		u.get(t, "/api/v1/documents/"+id, doc)
		if s := doc.GetState(); s == researchv1.Document_READY || s == researchv1.Document_FAILED {
			return doc
		}
		select {
		case <-time.After(glance):
		case <-deadline:
			t.Fatalf("document %s is still %s", doc.GetFileName(), doc.GetState())
		}
	}
}

// addLibrary puts the library of files_test.go there, and a text as JSON.
func (u *user) addLibrary(t *testing.T) map[string]*researchv1.Document {
	t.Helper()
	docs := map[string]*researchv1.Document{}
	for name, content := range map[string][]byte{
		"winter.md": []byte(markdownFile), "grid.txt": []byte(textFile), "sizing.html": []byte(htmlFile), "north.pdf": pdfFile(pdfLines...),
	} {
		docs[name] = u.add(t, name, content)
	}
	note := &researchv1.Document{}
	u.post(t, "/api/v1/documents", &researchv1.CreateDocumentRequest{
		Title: "A note", Text: "In cold weather the heat pump of the town hall works day and night.",
	}, note)
	docs["note"] = u.read(t, note.GetId())
	return docs
}

func testLibrary(t *testing.T, base string) {
	u := signUp(t, base)
	docs := u.addLibrary(t)
	for name, mediaType := range map[string]string{
		"winter.md": "text/markdown", "grid.txt": "text/plain", "sizing.html": "text/html", "north.pdf": "application/pdf", "note": "text/markdown",
	} {
		doc := docs[name]
		require.Equal(t, researchv1.Document_READY, doc.GetState(), "%s: %v", name, doc.GetError())
		require.Equal(t, mediaType, doc.GetMediaType(), name)
		require.Positive(t, doc.GetPassageCount(), name)
	}
	require.Equal(t, "A note", docs["note"].GetTitle())

	list := &researchv1.ListDocumentsResponse{}
	seen := map[string]bool{}
	for page := ""; ; page = list.GetNextPageToken() {
		list = &researchv1.ListDocumentsResponse{}
		u.get(t, "/api/v1/documents?pageSize=2&pageToken="+url.QueryEscape(page), list)
		require.LessOrEqual(t, len(list.GetDocuments()), 2)
		for _, doc := range list.GetDocuments() {
			require.False(t, seen[doc.GetId()], "a document is on two pages")
			seen[doc.GetId()] = true
		}
		if list.GetNextPageToken() == "" {
			break
		}
	}
	require.Len(t, seen, len(docs))

	for query, name := range map[string]string{
		"outdoor coil ice": "winter.md", "electricity mild day": "grid.txt", "sized coldest night part load": "sizing.html", "two stages better": "north.pdf",
	} {
		found := u.search(t, query)
		require.NotEmpty(t, found, query)
		require.Equal(t, docs[name].GetId(), found[0].GetDocumentId(), query)
		require.Equal(t, len(found[0].GetText()), int(found[0].GetEndOffset()-found[0].GetStartOffset()))
	}
	require.Empty(t, u.search(t, "alert"), "a script is no text")

	resp, body := u.json(t, http.MethodDelete, "/api/v1/documents/"+docs["north.pdf"].GetId(), "")
	decode(t, resp, body, &emptypb.Empty{})
	for _, passage := range u.search(t, "two stages better") {
		require.NotEqual(t, docs["north.pdf"].GetId(), passage.GetDocumentId(), "a deleted document is still found")
	}
}

// search returns the best passages of the library.
func (u *user) search(t *testing.T, query string) []*researchv1.Passage {
	t.Helper()
	found := &researchv1.SearchDocumentsResponse{}
	u.get(t, "/api/v1/documents:search?pageSize=5&query="+url.QueryEscape(query), found)
	return found.GetPassages()
}

func testSameBytes(t *testing.T, base string) {
	u := signUp(t, base)
	first := u.add(t, "winter.md", []byte(markdownFile))
	again := u.add(t, "copy.md", []byte(markdownFile))
	require.Equal(t, first.GetId(), again.GetId())
	require.NotEqual(t, first.GetId(), u.add(t, "winter.md", []byte(markdownFile+"\nMore.\n")).GetId())
	require.NotEqual(t, first.GetId(), signUp(t, base).add(t, "winter.md", []byte(markdownFile)).GetId(), "a library is one workspace's own")
}

func testUnreadable(t *testing.T, base string) {
	u := signUp(t, base)
	whole := pdfFile(pdfLines...)
	tests := map[string]struct {
		file    string
		content []byte
		reason  string
		says    string
	}{
		"broken PDF":      {"broken.pdf", append([]byte("%PDF-1.7\n"), whole[len(whole)/2:len(whole)/2+40]...), "BROKEN", "PDF"},
		"zip bomb DOCX":   {"bomb.docx", zipBomb(t, 64<<20), "TOO_LARGE", "decompresses"},
		"damaged DOCX":    {"half.docx", zipBomb(t, 1<<20)[:200], "BROKEN", "zip"},
		"nothing in it":   {"empty.txt", []byte(" \n\t\n"), "EMPTY", "text"},
		"a kind not read": {"picture.png", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00"), "UNSUPPORTED_TYPE", "png"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := u.add(t, tc.file, tc.content)
			require.Equal(t, researchv1.Document_FAILED, doc.GetState())
			require.Equal(t, tc.reason, doc.GetError().GetReason(), doc.GetError().GetMessage())
			require.Contains(t, strings.ToLower(doc.GetError().GetMessage()), strings.ToLower(tc.says))
			require.Equal(t, tc.file, doc.GetFileName(), "the answer must name the file")
		})
	}
}
