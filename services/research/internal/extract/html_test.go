package extract_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExtract_HTML(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ data, want string }{
		"blocks are paragraphs":         {"<p>one <b>bold</b>\n word</p><div>two<br>lines</div>", "one bold word\n\ntwo lines"},
		"headings stand alone":          {"<h1>Title</h1>text<h2>Part</h2><p>more", "Title\n\ntext\n\nPart\n\nmore"},
		"lists":                         {"<ul><li>one<li>two<ol><li>inner</ol></ul>", "- one\n- two\n  1. inner"},
		"tables are rows":               {"<table><caption>Ages</caption><tr><th>name<th>age<tr><td>Ann<td><p>30</p></table>", "Ages\n\n| name | age |\n| --- | --- |\n| Ann | 30 |"},
		"tables for layout are not":     {"<table><tr><td><h1>Title</h1><p>text</td></tr></table>", "Title\n\ntext"},
		"code keeps its lines":          {"<pre>a {\n  b\n}</pre>", "a {\n  b\n}"},
		"pictures are their words":      {`<p>See <img src=x alt="a duck"> here`, "See a duck here"},
		"entities":                      {"<p>1 &lt; 2 &amp; 3&nbsp;m &eacute;", "1 < 2 & 3 m é"},
		"cells over several rows":       {"<table><tr><th>year<th>month<th>sum<tr><td rowspan=3>2025<tr><td>May<td>1<tr><td>June<td>2<tr><td>2026<td>July<td>3</table>", "| year | month | sum |\n| --- | --- | --- |\n| 2025 |\n| 2025 | May | 1 |\n| 2025 | June | 2 |\n| 2026 | July | 3 |"},
		"over rows and columns":         {"<table><tr><td>a<td colspan=2 rowspan=2>b<td>c<tr><td>d<td>e<tr><td>f<td>g<td>h<td>i</table>", "| a | b |  | c |\n| --- | --- | --- | --- |\n| d | b |  | e |\n| f | g | h | i |"},
		"over more rows than there are": {"<table><tr><td rowspan=99999999>a<td>b<tr><td>c</table>", "| a | b |\n| --- | --- |\n| a | c |"},
		"cells over several columns":    {"<table><tr><th>a<th colspan=2>b<th>c<tr><td>1<td>2<td>3<td>4</table>", "| a | b |  | c |\n| --- | --- | --- | --- |\n| 1 | 2 | 3 | 4 |"},
		"words in cells do not touch":   {"<table><tr><td>a<ul><li>x<li>y</ul></td><td>b</td></tr></table>", "| a x y | b |"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := read(t, "a.html", []byte("<!DOCTYPE html><body>"+tc.data))
			require.NoError(t, err)
			require.Equal(t, tc.want, doc.Text)
			checkDocument(t, doc)
		})
	}
}

func TestExtract_HTMLHiddenText(t *testing.T) {
	t.Parallel()
	hidden := []string{
		`<!-- secret -->`,
		`<script>secret</script>`, `<style>secret</style>`, `<template>secret</template>`, `<noscript>secret</noscript>`,
		`<p hidden>secret</p>`, `<p aria-hidden="true">secret</p>`,
		`<p style="display: none">secret</p>`, `<p style="DISPLAY:NONE !important">secret</p>`,
		`<p style="visibility:hidden">secret</p>`, `<p style="opacity:0.0">secret</p>`,
		`<p style="font-size:0px">secret</p>`, `<p style="font-size:.01em">secret</p>`,
		`<p style="position:absolute; left:-9999px">secret</p>`, `<p style="text-indent:-999em">secret</p>`,
		`<p style="height:0;overflow:hidden">secret</p>`, `<p style="clip: rect(0,0,0,0)">secret</p>`,
		`<p style="color:#fff;background:white">secret</p>`, `<p style="color:transparent">secret</p>`,
		`<div style="display:none"><p>deep <b>secret</b></p></div>`,
		`<svg><title>secret</title></svg>`, `<iframe>secret</iframe>`,
	}
	for _, markup := range hidden {
		doc, err := read(t, "a.html", []byte("<body><p>shown</p>"+markup+"<p>also</p>"))
		require.NoError(t, err)
		require.Equal(t, "shown\n\nalso", doc.Text, markup)
	}
	for _, style := range []string{"font-size:10px", "color:white;background:black", "left:-5px", "opacity:0.5", "display:block"} {
		doc, err := read(t, "a.html", []byte(`<body><p style="`+style+`">shown</p>`))
		require.NoError(t, err, style)
		require.Equal(t, "shown", doc.Text, style)
	}
}

func TestExtract_HTMLMainText(t *testing.T) {
	t.Parallel()
	article := strings.Repeat("<p>The committee found that the bridge had been built of poor steel, and said so in plain words to the people who paid for it.</p>", 20)
	menu := `<nav><ul>` + strings.Repeat(`<li><a href="/x">Sign in to continue</a></li>`, 30) + `</ul></nav>`
	doc, err := read(t, "a.html", []byte("<html><title>Bridge</title><body>"+menu+"<article><h1>Bridge</h1>"+article+"</article><footer>All rights reserved</footer></body></html>"))
	require.NoError(t, err)
	require.Contains(t, doc.Text, "poor steel")
	require.NotContains(t, doc.Text, "Sign in to continue")
	require.NotContains(t, doc.Text, "All rights reserved")
}

func TestExtract_HTMLDeepNesting(t *testing.T) {
	t.Parallel()
	doc, err := read(t, "a.html", []byte("<body>"+strings.Repeat("<div>", 100_000)+"deep"))
	if err != nil {
		requireReason(t, err, "BROKEN")
		return
	}
	require.Equal(t, "deep", doc.Text)
}
