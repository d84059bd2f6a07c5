package research_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/researchtest"
)

// fact is what every file of a kind says.
const fact = "Sea otters crack clams with stones that they keep under an arm."

func TestUpload_ReadsEveryKindOfFile(t *testing.T) {
	t.Parallel()
	f := researchtest.Serve(t)
	for name, tc := range map[string]struct {
		content   []byte
		mediaType string
	}{
		"a.md":   {[]byte("# Otters\n\n" + fact), "text/markdown"},
		"a.txt":  {[]byte(fact), "text/plain"},
		"a.html": {[]byte("<!doctype html><html><head><title>Otters</title></head><body><article><h1>Otters</h1><p>" + fact + "</p></article></body></html>"), "text/html"},
		"a.csv":  {[]byte("animal,habit\notter," + fact + "\nseal,none\n"), "text/csv"},
		"a.json": {[]byte(`{"animal": "otter", "habit": "` + fact + `"}`), "application/json"},
		"a.pdf":  {pdfOf(fact), "application/pdf"},
		"a.docx": {docxOf(t, fact), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		"a.pptx": {pptxOf(t, fact), "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
		"a.xlsx": {xlsxOf(t, fact), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			user := researchtest.User(t)
			d := f.Add(user, t, name, tc.content)
			require.Equal(t, researchv1.Document_READY, d.GetState(), d.GetError())
			require.Equal(t, tc.mediaType, d.GetMediaType())
			hits := f.Search(user, t, "how do otters crack clams")
			require.NotEmpty(t, hits)
			require.Contains(t, strings.Join(strings.Fields(hits[0].GetText()), " "), fact)
		})
	}
}

func TestUpload_AFileThatCannotBeReadFailsWithItsReason(t *testing.T) {
	t.Parallel()
	f := researchtest.Serve(t)
	for name, tc := range map[string]struct {
		content []byte
		reason  string
	}{
		"broken.pdf":        {[]byte("%PDF-1.7\nnothing that could be a page"), "BROKEN"},
		"bomb.docx":         {docxOf(t, strings.Repeat("a", 8<<20)), "TOO_LARGE"},
		"picture.png":       {[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), "UNSUPPORTED_TYPE"},
		"only spaces.txt":   {[]byte(" \n \n"), "EMPTY"},
		"no zip inside.zip": {[]byte("PK\x03\x04 and then nothing"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			user := researchtest.User(t)
			d := f.Add(user, t, name, tc.content)
			require.Equal(t, researchv1.Document_FAILED, d.GetState())
			if tc.reason != "" {
				require.Equal(t, tc.reason, d.GetError().GetReason(), d.GetError().GetMessage())
			}
			require.NotEmpty(t, d.GetError().GetMessage())
			require.Empty(t, f.Search(user, t, "nothing"))

			good := f.Add(user, t, "good.md", []byte(otters))
			require.Equal(t, researchv1.Document_READY, good.GetState(), "the next file is read")
		})
	}
}

func TestUpload_RefusesWhatIsNoFile(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	for name, tc := range map[string]struct {
		header  *researchv1.UploadDocumentRequest_Header
		content io.Reader
		field   string
	}{
		"no bytes": {&researchv1.UploadDocumentRequest_Header{FileName: "a.md"}, strings.NewReader(""), "file"},
		"no name":  {&researchv1.UploadDocumentRequest_Header{}, strings.NewReader("text"), "file_name"},
		"a title too long": {
			&researchv1.UploadDocumentRequest_Header{FileName: "a.md", Title: strings.Repeat("a", 401)},
			strings.NewReader("text"), "title",
		},
	} {
		_, err := f.Upload(user, tc.header, tc.content)
		require.ErrorIs(t, err, errs.InvalidArgument, name)
		require.ErrorContains(t, err, tc.field, name)
	}
	resp, err := f.Documents.ListDocuments(user, &researchv1.ListDocumentsRequest{})
	require.NoError(t, err)
	require.Empty(t, resp.GetDocuments(), "nothing was stored")
}

func TestUpload_RefusesTooManyBytes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("sends a gibibyte")
	}
	f, user := researchtest.Serve(t), researchtest.User(t)
	const tooLarge = 1<<30 + 1
	_, err := f.Upload(user, &researchv1.UploadDocumentRequest_Header{FileName: "a.md"}, io.LimitReader(zeros{}, tooLarge))
	require.ErrorIs(t, err, errs.InvalidArgument)
	require.ErrorContains(t, err, "file: must be at most 1024 MiB")
}

// zeros is an endless file.
type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestUpload_TheHeaderComesFirstAndOnce(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	header := &researchv1.UploadDocumentRequest{Part: &researchv1.UploadDocumentRequest_Header_{
		Header: &researchv1.UploadDocumentRequest_Header{FileName: "a.md"},
	}}
	bytesOf := &researchv1.UploadDocumentRequest{Part: &researchv1.UploadDocumentRequest_Chunk{Chunk: []byte("text")}}
	for name, parts := range map[string][]*researchv1.UploadDocumentRequest{
		"nothing at all":    {},
		"bytes only":        {bytesOf},
		"a header too many": {header, bytesOf, header},
	} {
		stream, err := f.Documents.UploadDocument(user)
		require.NoError(t, err)
		for _, part := range parts {
			if err := stream.Send(part); err != nil {
				break // the server has answered
			}
		}
		_, err = stream.CloseAndRecv()
		require.ErrorIs(t, err, errs.InvalidArgument, name)
		require.ErrorContains(t, err, "header", name)
	}
}

func TestUpload_TheFileNameHasNoFolders(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	for given, want := range map[string]string{
		`C:\papers\otters.md`: "otters.md", "../../etc/passwd": "passwd", "/": "upload", "notes.md": "notes.md",
	} {
		d, err := f.Upload(user, &researchv1.UploadDocumentRequest_Header{FileName: given}, bytes.NewReader([]byte(given)))
		require.NoError(t, err)
		require.Equal(t, want, d.GetFileName())
	}
}
