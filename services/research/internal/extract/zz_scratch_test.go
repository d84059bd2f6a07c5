package extract

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestScratchMeta(t *testing.T) {
	dirs, _ := filepath.Glob("/work/shared/data/web/readability/*/source.html")
	var pp, rr, n float64
	for _, d := range dirs {
		raw, _ := os.ReadFile(d)
		dir := filepath.Dir(d)
		exp, _ := os.ReadFile(dir + "/expected.html")
		mj, _ := os.ReadFile(dir + "/expected-metadata.json")
		var want map[string]any
		json.Unmarshal(mj, &want)
		text, _ := decode(raw, "text/html; charset=utf-8")
		doc, err := readHTML(newBuilder(context.Background(), DefaultLimits()), text)
		if err != nil {
			fmt.Println(dir, err)
			continue
		}
		ep, _ := parsePage(string(exp))
		w := &htmlWriter{b: newBuilder(context.Background(), DefaultLimits())}
		w.blocks(ep)
		a, b := map[string]int{}, map[string]int{}
		na, nb, c := 0, 0, 0
		for _, x := range strings.Fields(w.b.text.String()) {
			a[x]++
			na++
		}
		for _, x := range strings.Fields(doc.Text) {
			b[x]++
			nb++
		}
		for k, v := range a {
			c += min(v, b[k])
		}
		p, r := float64(c)/float64(max(nb, 1)), float64(c)/float64(max(na, 1))
		n++
		pp += p
		rr += r
		fmt.Printf("P %.2f R %.2f %s\n", p, r, filepath.Base(dir))
		if fmt.Sprint(want["title"]) != doc.Title {
			fmt.Printf("   title %q want %q\n", doc.Title, want["title"])
		}
		fmt.Printf("   %q want %v | %s want %v | %s | %v %s\n", doc.Authors, want["byline"], doc.Published, want["publishedTime"], doc.License, doc.Identifiers, doc.Language)
	}
	fmt.Printf("mean P %.3f R %.3f F %.3f\n", pp/n, rr/n, 2*pp*rr/(pp+rr)/n)
}
