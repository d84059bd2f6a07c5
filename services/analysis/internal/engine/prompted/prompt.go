package prompted

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

//go:embed prompts
var files embed.FS

// The prompts, by the names of their files.
const (
	promptPlan       = "plan"
	promptReflect    = "reflect"
	promptSummary    = "analyze-summary"
	promptComparison = "analyze-comparison"
	promptTimeline   = "analyze-timeline"
	promptReview     = "analyze-review"
	promptFacts      = "analyze-facts"
	promptArrange    = "arrange"
	promptJudge      = "judge"
	promptWrite      = "write"
	promptAnswer     = "answer"
	promptRepair     = "repair"
)

// prompt is one prompt file. The file begins with lines "key: value" between lines of
// three hyphens; the rest is a text/template that defines `system`, which holds no
// material of strangers, and `user`.
type prompt struct {
	// id is the name with the version, such as "plan/1".
	id string
	// maxTokens is how much the model may write, thoughts included.
	maxTokens int
	// schema is the form of the answer; nil for prose.
	schema *llm.Schema
	text   *template.Template
}

// words is what a prompt is filled with.
type words struct {
	Kind            engine.Kind
	Question, About string
	Language        string
	Parts           []string // the sub-questions
	Claims, Asked   []string
	Data, Earlier   string // data blocks
	Problem         string // with an answer that is to be repaired
}

// library is all prompts by name, with what must not be seen of them.
type library struct {
	prompts map[string]*prompt
	secret  secret
}

// loadPrompts reads the prompt files.
func loadPrompts() (library, error) {
	l := library{prompts: map[string]*prompt{}, secret: secret{}}
	shared, err := files.ReadFile("prompts/shared.tmpl")
	if err != nil {
		return library{}, err
	}
	entries, err := files.ReadDir("prompts")
	if err != nil {
		return library{}, err
	}
	for _, entry := range entries {
		name, isPrompt := strings.CutSuffix(entry.Name(), ".tmpl")
		if !isPrompt || name == "shared" {
			continue
		}
		p, err := loadPrompt(name, string(shared))
		if err != nil {
			return library{}, fmt.Errorf("%s: %w", name, err)
		}
		l.prompts[name] = p
		for _, part := range []string{"system", "user"} {
			text, err := p.render(part, words{})
			if err != nil {
				return library{}, fmt.Errorf("%s: %w", name, err)
			}
			l.secret.add(text)
		}
	}
	return l, nil
}

// loadPrompt reads one prompt file and the schema that it names.
func loadPrompt(name, shared string) (*prompt, error) {
	raw, err := files.ReadFile("prompts/" + name + ".tmpl")
	if err != nil {
		return nil, err
	}
	head, body, ok := strings.Cut(strings.TrimPrefix(string(raw), "---\n"), "\n---\n")
	if !ok {
		return nil, fmt.Errorf("has no head")
	}
	p := &prompt{}
	for line := range strings.Lines(head) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "version":
			p.id = name + "/" + value
		case "max_tokens":
			if p.maxTokens, err = strconv.Atoi(value); err != nil {
				return nil, err
			}
		case "schema":
			form, err := files.ReadFile("prompts/" + value + ".json")
			if err != nil {
				return nil, err
			}
			p.schema = &llm.Schema{Name: value, JSON: json.RawMessage(form)}
		default:
			return nil, fmt.Errorf("unknown key %q", key)
		}
	}
	p.text, err = template.New(name).Parse(shared + strings.TrimSpace(body))
	return p, err
}

// render fills one part of a prompt. A part that the file does not define is empty.
func (p *prompt) render(part string, w words) (string, error) {
	t := p.text.Lookup(part)
	if t == nil {
		return "", nil
	}
	var out strings.Builder
	if err := t.Execute(&out, w); err != nil {
		return "", fmt.Errorf("prompt %s: %w", p.id, err)
	}
	return strings.TrimSpace(out.String()), nil
}

// request makes the request of a prompt.
func (e *Engine) request(p *prompt, w words) (llm.Request, error) {
	system, err := p.render("system", w)
	if err != nil {
		return llm.Request{}, err
	}
	user, err := p.render("user", w)
	if err != nil {
		return llm.Request{}, err
	}
	return llm.Request{
		Model:     e.model,
		Messages:  []llm.Message{{Role: llm.System, Text: system}, {Role: llm.User, Text: user}},
		Schema:    p.schema,
		MaxTokens: p.maxTokens,
	}, nil
}

// version is a digest of the prompts' versions.
func (l library) version() string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(l.prompts)) {
		fmt.Fprintln(sum, l.prompts[name].id)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}
