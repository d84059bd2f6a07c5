package prompted

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// maxTitle is how many characters of a source's title a model is shown.
const maxTitle = 120

// dataBlock puts material of strangers between two lines that hold a code. The code is
// a digest of the material and of what is asked about it: whoever wrote a part of it
// cannot know it, and the same request has the same bytes. The material must be
// neutral.
func dataBlock(asked, material string) string {
	code := fenceCode(asked, material)
	return "<<<DATA " + code + ">>>\n" + material + "\n<<<END " + code + ">>>"
}

func fenceCode(asked, material string) string {
	sum := sha256.Sum256([]byte(asked + "\x00" + material))
	return hex.EncodeToString(sum[:8])
}

// passages writes evidence with its numbers, from 1. Sources are numbered too, so that
// a model can tell what one source says twice from what two say. Addresses are left
// out: a model has no use for them.
func passages(items []engine.Evidence) string {
	sources := map[string]int{}
	var out strings.Builder
	for i, item := range items {
		if sources[item.SourceID] == 0 {
			sources[item.SourceID] = len(sources) + 1
		}
		if i > 0 {
			out.WriteString("\n\n")
		}
		fmt.Fprintf(&out, "[%d] source %d%s\n%s", i+1, sources[item.SourceID], about(item), neutral(item.Text))
	}
	return out.String()
}

// about is what is known of a passage's source.
func about(item engine.Evidence) string {
	var known []string
	if title := neutralLine(item.SourceTitle, maxTitle); title != "" {
		known = append(known, fmt.Sprintf("%q", title))
	}
	if kind := neutralLine(item.SourceKind, maxTitle); kind != "" {
		known = append(known, kind)
	}
	if !item.Published.IsZero() {
		known = append(known, "published "+item.Published.UTC().Format("2006-01-02"))
	}
	if item.Retracted {
		known = append(known, "RETRACTED")
	}
	if len(known) == 0 {
		return ""
	}
	return ": " + strings.Join(known, ", ")
}

// numbered writes lines with numbers from 1.
func numbered(lines []string) string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = fmt.Sprintf("[%d] %s", i+1, line)
	}
	return strings.Join(out, "\n")
}
