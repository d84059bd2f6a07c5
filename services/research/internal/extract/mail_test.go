package extract_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/extract"
)

// letter returns a message with further fields and a body.
func letter(fields, body string) []byte {
	return []byte(strings.ReplaceAll("From: Ada Lovelace <ada@example.com>\nTo: bob@example.com\nSubject: Bridge\nDate: Mon, 17 May 2021 10:00:00 +0200\n"+fields+"\n"+body, "\n", "\r\n"))
}

// above are the lines over the text of a letter.
const above = "From: Ada Lovelace <ada@example.com>\nTo: bob@example.com\nDate: Mon, 17 May 2021 10:00:00 +0200\nSubject: Bridge\n\n"

func TestExtract_Mail(t *testing.T) {
	t.Parallel()
	base := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	tests := map[string]struct{ fields, body, want string }{
		"plain":                       {"", "Hello\nBob.\n\nIt fell.", "Hello\nBob.\n\nIt fell."},
		"quoted-printable":            {"Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n", "Gr=FC=DFe und ein lan=\nges Wort", "Grüße und ein langes Wort"},
		"base64 with strange breaks":  {"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n", " " + base("Grüße")[:4] + "\n*" + base("Grüße")[4:], "Grüße"},
		"wrapped lines":               {"Content-Type: text/plain; format=flowed\n", "One \nparagraph.\nNext line", "One paragraph.\nNext line"},
		"HTML":                        {"Content-Type: text/html\n", "<p>It <b>fell</b>.<p style='display:none'>secret<p>Down.", "It fell.\n\nDown."},
		"the best alternative":        {"Content-Type: multipart/alternative; boundary=x\n", "--x\n\nplain\n--x\nContent-Type: text/html\n\n<p>rich</p>\n--x\nContent-Type: text/calendar\n\nBEGIN\n--x--", "rich"},
		"an empty alternative":        {"Content-Type: multipart/alternative; boundary=x\n", "--x\n\nplain\n--x\nContent-Type: text/html\n\n<img src=a>\n--x--", "plain"},
		"pictures are not text":       {"Content-Type: multipart/related; boundary=x\n", "--x\nContent-Type: text/html\n\n<p>text</p>\n--x\nContent-Type: image/png\nContent-ID: <1>\n\nxxx\n--x--", "text"},
		"parts follow each other":     {"Content-Type: multipart/mixed; boundary=\"a b\"\n", "preamble\n--a b\n\none\n--a b\n\ntwo\n--a b--\nepilogue", "one\n\ntwo"},
		"attached text":               {"Content-Type: multipart/mixed; boundary=x\n", "--x\n\none\n--x\nContent-Type: text/csv; name=a.csv\nContent-Disposition: attachment; filename=\"=?utf-8?Q?gr=C3=B6=C3=9Fe.csv?=\"\nContent-Transfer-Encoding: base64\n\n" + base("a,b\n1,2") + "\n--x--", "one\n\nAttachment: größe.csv\n\n| a | b |\n| --- | --- |\n| 1 | 2 |"},
		"an attachment of no use":     {"Content-Type: multipart/mixed; boundary=x\n", "--x\n\none\n--x\nContent-Type: application/zip\nContent-Disposition: attachment; filename=a.zip\n\nPK\x03\x04xx\n--x--", "one\n\nAttachment: a.zip"},
		"a message inside":            {"Content-Type: multipart/mixed; boundary=x\n", "--x\n\none\n--x\nContent-Type: message/rfc822\n\nFrom: c@example.com\nSubject: Inner\n\ntwo\n--x--", "one\n\nAttachment: message.eml\n\nFrom: c@example.com\nSubject: Inner\n\ntwo"},
		"the end is missing":          {"Content-Type: multipart/mixed; boundary=x\n", "--x\n\none\n--x\n\ntwo", "one\n\ntwo"},
		"a part that is not declared": {"Content-Type: nonsense\n", "x", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := read(t, "a.eml", letter(tc.fields, tc.body))
			require.NoError(t, err)
			require.Equal(t, strings.TrimSpace(above+tc.want), doc.Text)
			require.Equal(t, "Bridge", doc.Title)
			require.Equal(t, []string{"Ada Lovelace"}, doc.Authors)
			require.Equal(t, "2021-05-17", doc.Published)
			checkDocument(t, doc)
		})
	}
}

func TestExtract_MailHeader(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ header, want, title string }{
		"encoded words":            {"From: =?iso-8859-1?Q?J=F6rg?= <j@example.com>\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\n =?utf-8?Q?_aus?= Rom", "From: Jörg <j@example.com>\nSubject: Grüße aus Rom", "Grüße aus Rom"},
		"bytes that are not coded": {"From: j@example.com\nSubject: Gr\xfc\xdfe", "From: j@example.com\nSubject: Grüße", "Grüße"},
		"addresses that are none":  {"From: \"x\" <$$$>\nSubject: y", "From: \"x\" <$$$>\nSubject: y", "y"},
		"no subject":               {"From: j@example.com\nDate: Mon, 17 May 2021 10:00:00 +0200", "From: j@example.com\nDate: Mon, 17 May 2021 10:00:00 +0200", "a"},
		"a line of a mailbox":      {"From j@example.com Mon May 17 10:00:00 2021\nFrom: j@example.com\nSubject: y", "From: j@example.com\nSubject: y", "y"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := read(t, "a.eml", []byte(tc.header+"\n\nbody"))
			require.NoError(t, err)
			require.Equal(t, tc.want+"\n\nbody", doc.Text)
			require.Equal(t, tc.title, doc.Title)
		})
	}
	_, err := read(t, "a.eml", []byte("no header at all"))
	requireReason(t, err, "BROKEN")
}

func TestExtract_MailIsRecognised(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ name, data, want string }{
		"by its content":       {"message", string(letter("", "x")), "message/rfc822"},
		"text about mail":      {"message", "From: the beginning\nit was clear: no", "text/plain"},
		"few fields":           {"message", "From: here\nOn: there\n\nx", "text/plain"},
		"text is called so":    {"message.txt", string(letter("", "x")), "text/plain"},
		"Markdown has a title": {"a.md", "Title: x\nDate: y\n\nz", "text/markdown"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := read(t, tc.name, []byte(tc.data))
			require.NoError(t, err)
			require.Equal(t, tc.want, doc.MediaType)
		})
	}
}

func TestExtract_SavedPage(t *testing.T) {
	t.Parallel()
	doc, err := read(t, "a.mhtml", []byte("From: <Saved by a browser>\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/related; type=\"text/html\"; boundary=x\n\n--x\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\nContent-Location: https://a.example/bridge\n\n<title>Bridge</title><p>It =C3=BC fell.\n--x\nContent-Type: text/css\n\np{}\n--x--"))
	require.NoError(t, err)
	require.Equal(t, "It ü fell.", doc.Text)
	require.Equal(t, "Bridge", doc.Title)
	require.Equal(t, "https://a.example/bridge", doc.Identifiers["url"])
}

func TestExtract_MailBounds(t *testing.T) {
	t.Parallel()
	var deep, matryoshka strings.Builder
	for i := range 5_000 {
		fmt.Fprintf(&deep, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	for i := range 200 {
		fmt.Fprintf(&matryoshka, "From: a@example.com\nSubject: %d\nContent-Type: message/rfc822\n\n", i)
	}
	tests := map[string]string{
		"deep multiparts":      "From: a@example.com\nSubject: x\n" + deep.String() + "\nend",
		"messages in messages": matryoshka.String() + "end",
		"many parts":           "From: a@example.com\nContent-Type: multipart/mixed; boundary=x\n\n" + strings.Repeat("--x\n\npart\n", 200_000) + "--x--",
		"a long header":        "From: a@example.com\nSubject: " + strings.Repeat("x ", 1<<20) + "\n\nbody",
		"many fields":          "From: a@example.com\nSubject: x\n" + strings.Repeat("X-Field: y\n", 200_000) + "\nbody",
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			doc, err := read(t, "a.eml", []byte(data))
			require.Less(t, time.Since(begun), patience())
			if err != nil {
				requireReason(t, err, "BROKEN")
				return
			}
			require.Less(t, len(doc.Text), 3<<20)
		})
	}
}

func FuzzExtract_Mail(f *testing.F) {
	f.Add(letter("Content-Type: multipart/mixed; boundary=x\n", "--x\n\none\n--x\nContent-Disposition: attachment; filename=a.txt\n\ntwo\n--x--"))
	f.Add(letter("Content-Type: text/html; charset=koi8-r\nContent-Transfer-Encoding: base64\n", "PGI+"))
	f.Add(letter("Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n", "a=\nb=FC="))
	e := extract.New(extract.Config{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if strings.Contains(string(data), "%PDF-") {
			t.Skip("it would be read as PDF")
		}
		checkFuzzed(t, e, extract.Input{Name: "a.eml", Data: data})
	})
}
