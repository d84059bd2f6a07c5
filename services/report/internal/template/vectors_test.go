package template_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/reflect/protoreflect"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/template"
)

// vectors returns the folder of the attacks that others have collected.
func vectors(t *testing.T) string {
	t.Helper()
	data := os.Getenv("RP_DATA")
	if data == "" {
		t.Skip("RP_DATA is not set: collected strings are not tried")
	}
	return filepath.Join(data, "vectors")
}

// naughty are strings that programs have stumbled over.
func naughty(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(vectors(t), "naughty-strings", "blns.json"))
	require.NoError(t, err)
	var out []string
	require.NoError(t, json.Unmarshal(raw, &out))
	require.Greater(t, len(out), 400)
	return out
}

// everywhere prints a value wherever one can stand.
const everywhere = "## {{ title }}\n{{ title }}\n\n*{{ title }}* `{{ title }}` [{{ title }}](https://a.b)\n\n" +
	"| a | b |\n| - | - |\n| {{ title }} | {{ title }} |\n\n- {{ title }}\n\n> {{ title }}\n\n```{{ title }}\n{{ title }}\n```\n\n" +
	"{% note title %}\n[x]({{ title }}) <https://{{ title }}> ![{{ title }}](x)\n"

func TestExecute_NaughtyStringsAreText(t *testing.T) {
	t.Parallel()
	read, err := template.Parse(everywhere)
	require.NoError(t, err)
	for _, s := range naughty(t) {
		if strings.Trim(s, " \t\r\n") == "" {
			continue
		}
		material := sampled("")
		material.Title = s
		sections, err := read.Execute(t.Context(), material)
		require.NoError(t, err)
		require.Equal(t, s, running(sections[0].GetHeading()))
		require.GreaterOrEqual(t, whole(t, sections, s), 13, "%q", s)
	}
}

// whole counts the texts in sections that hold a string.
func whole(t *testing.T, sections []*reportv1.Section, s string) int {
	t.Helper()
	n := 0
	for _, text := range texts(t, sections) {
		n += min(strings.Count(text, s), 1)
	}
	return n
}

// texts are all strings in sections.
func texts(t *testing.T, sections []*reportv1.Section) []string {
	t.Helper()
	var out []string
	doc := &reportv1.Document{Sections: sections}
	require.NoError(t, protorange.Range(doc.ProtoReflect(), func(v protopath.Values) error {
		if s, ok := v.Index(-1).Value.Interface().(string); ok {
			out = append(out, s)
		}
		return nil
	}))
	return out
}

// TestExecute_NothingRunsInATemplate writes collected attacks into templates. What comes
// out leads nowhere but to http, https and mailto, and is text otherwise.
func TestExecute_NothingRunsInATemplate(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(vectors(t), "payloadsallthethings", "XSS_Injection", "Intruders", "*.txt"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	lines := naughty(t)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		lines = append(lines, strings.Split(strings.ToValidUTF8(string(raw), "?"), "\n")...)
	}
	lines = slices.DeleteFunc(lines, func(line string) bool { return regexp.MustCompile(`\{[{%#]|\x00`).MatchString(line) })
	allowed := regexp.MustCompile(`^(?i)(https?://[^/]|mailto:[^ ])[!-~]*$`)
	links := 0
	for _, form := range []string{"%s", "[a](%s)", "[a](<%s>)", "<%s>", "[a%d]: %s\n\n[a%[1]d]"} {
		for some := range slices.Chunk(lines, 50) {
			var source strings.Builder
			for i, line := range some {
				if strings.Contains(form, "%d") {
					fmt.Fprintf(&source, form+"\n\n", i, line)
				} else {
					fmt.Fprintf(&source, form+"\n\n", line)
				}
			}
			for _, href := range hrefs(execute(t, source.String(), "")) {
				require.Regexp(t, allowed, href)
				links++
			}
		}
	}
	require.Positive(t, links, "some of them lead somewhere")
}

// hrefs are the addresses of all links.
func hrefs(sections []*reportv1.Section) []string {
	var out []string
	var walk func(protoreflect.Message)
	walk = func(m protoreflect.Message) {
		if span, ok := m.Interface().(*reportv1.Span); ok && span.GetHref() != "" {
			out = append(out, span.GetHref())
		}
		m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			switch {
			case f.IsList() && f.Message() != nil:
				for i := range v.List().Len() {
					walk(v.List().Get(i).Message())
				}
			case f.Message() != nil && !f.IsMap():
				walk(v.Message())
			}
			return true
		})
	}
	walk((&reportv1.Document{Sections: sections}).ProtoReflect())
	return out
}
