package template

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/prose"
)

// run is one execution of a template.
type run struct {
	ctx      context.Context // of this execution
	template *Template
	material *reportv1.Material
	numbered map[int32]*reportv1.Finding

	markdown strings.Builder
	origins  []origin // of the Markdown, ascending
	fill     prose.Fill
	places   []int // of the tags whose blocks are in fill.Places
	document
	spent
}

// origin says where in the source the Markdown from an offset on was written.
type origin struct{ offset, at int }

// spent is what an execution has used of its bounds.
type spent struct {
	steps, text, placed int
	cost                uint64
}

// variables are the values that expressions know.
type variables struct {
	parent *variables
	values map[string]any
}

// ResolveName implements cel.Activation.
func (v *variables) ResolveName(name string) (any, bool) {
	for ; v != nil; v = v.parent {
		if value, known := v.values[name]; known {
			return value, true
		}
	}
	return nil, false
}

// Parent implements cel.Activation. Names are looked up above by ResolveName itself.
func (*variables) Parent() cel.Activation { return nil }

// errorAt returns an error at a place in the source.
func (r *run) errorAt(at int, format string, args ...any) *Error {
	return r.template.source.errorf(at, format, args...)
}

// step counts one step and looks at the clock.
func (r *run) step(at int) error {
	if r.steps++; r.steps > MaxSteps {
		return r.errorAt(at, "the template takes more than %d steps", MaxSteps)
	}
	return r.late(at, r.ctx.Err())
}

// late returns the error of a context that ended, at a place in the source.
func (r *run) late(at int, err error) error {
	if err == nil {
		return nil
	}
	e := r.errorAt(at, "the template was stopped")
	if errors.Is(err, context.DeadlineExceeded) {
		e = r.errorAt(at, "the template takes too long: it may take %s", MaxTime)
	}
	e.cause = err
	return e
}

// write writes text of which a part is Markdown.
func (r *run) write(at int, markdown string, text int) error {
	r.origins = append(r.origins, origin{r.markdown.Len(), at})
	r.markdown.WriteString(markdown)
	if r.text += text; r.text > MaxText {
		return r.errorAt(at, "the text is longer than %d bytes", MaxText)
	}
	if r.markdown.Len() > MaxMarkdown {
		return r.errorAt(at, "the Markdown is longer than %d bytes", MaxMarkdown)
	}
	return nil
}

// nodes runs nodes in their order.
func (r *run) nodes(nodes []node, vars *variables) error {
	for _, n := range nodes {
		if err := r.step(n.begin()); err != nil {
			return err
		}
		var err error
		switch n := n.(type) {
		case *textNode:
			err = r.write(n.at, n.text, len(n.text))
		case *printNode:
			err = r.print(n, vars)
		case *ifNode:
			err = r.choose(n, vars)
		case *forNode:
			err = r.repeat(n, vars)
		case *blockNode:
			err = r.put(n, vars)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// choose runs the first branch whose condition holds.
func (r *run) choose(n *ifNode, vars *variables) error {
	for _, b := range n.branches {
		if b.condition != nil {
			holds, err := r.evaluate(b.condition, vars)
			if err != nil {
				return err
			}
			if holds != types.True {
				continue
			}
		}
		return r.nodes(b.body, vars)
	}
	return nil
}

// repeat runs a loop.
func (r *run) repeat(n *forNode, vars *variables) error {
	list, err := r.evaluate(n.list, vars)
	if err != nil {
		return err
	}
	turns := items(list)
	if _, isMap := list.(traits.Mapper); isMap {
		turns = sorted(list)
	}
	for i, item := range turns {
		if err := r.step(n.at); err != nil {
			return err
		}
		inner := &variables{parent: vars, values: map[string]any{n.name: item, "index": types.Int(i + 1)}}
		if err := r.nodes(n.body, inner); err != nil {
			return err
		}
	}
	return nil
}

// sorted returns the keys of a map, in an order that is always the same.
func sorted(m ref.Val) []ref.Val {
	var keys []ref.Val
	iterable, _ := m.(traits.Iterable)
	for it := iterable.Iterator(); it.HasNext() == types.True; {
		keys = append(keys, it.Next())
	}
	slices.SortFunc(keys, func(a, b ref.Val) int { return strings.Compare(textOf(a), textOf(b)) })
	return keys
}

// print prints a value in the place of a placeholder.
func (r *run) print(n *printNode, vars *variables) error {
	value, err := r.evaluate(n.value, vars)
	if err != nil {
		return err
	}
	in := r.inlines(value)
	if r.placed > MaxPlaced {
		return r.tooMuch(n.begin())
	}
	r.fill.Values = append(r.fill.Values, in)
	return r.write(n.begin(), prose.Value(len(r.fill.Values)-1), len(prose.Plain(in)))
}

// inlines writes a value as running text.
func (r *run) inlines(value ref.Val) []*reportv1.Inline {
	switch v := value.Value().(type) {
	case *reportv1.Finding:
		return r.findingText(v, 0)
	case *reportv1.Statement:
		return r.statementText(v, 0)
	case *reportv1.Quote:
		return r.marked(v.GetText(), []*reportv1.Quote{v})
	}
	if s := textOf(value); s != "" {
		return []*reportv1.Inline{text(s)}
	}
	return nil
}

// textOf writes a number, a truth or a text.
func textOf(v ref.Val) string {
	switch v := v.(type) {
	case types.String:
		return string(v)
	case types.Double:
		return strconv.FormatFloat(float64(v), 'f', -1, 64)
	case types.Int:
		return strconv.FormatInt(int64(v), 10)
	case types.Uint:
		return strconv.FormatUint(uint64(v), 10)
	case types.Bool:
		return strconv.FormatBool(bool(v))
	}
	return ""
}

// evaluate evaluates an expression within its bounds.
func (r *run) evaluate(e *expression, vars *variables) (ref.Val, error) {
	value, details, err := e.program.ContextEval(r.ctx, vars)
	if err != nil {
		if late := r.late(e.at, r.ctx.Err()); late != nil {
			return nil, late
		}
		if strings.Contains(err.Error(), "cost limit") {
			return nil, r.errorAt(e.at, "the expression is too costly")
		}
		return nil, r.errorAt(e.at, "%s", inWords(err.Error()))
	}
	if cost := details.ActualCost(); cost != nil {
		r.cost += *cost
	}
	if r.cost > MaxTotalCost {
		return nil, r.errorAt(e.at, "the expressions of the template are too costly")
	}
	return value, nil
}
