package template

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/readable"
)

// functions are those that templates know beside CEL's own. Each is bounded by the
// size of what it is given.
func functions() []cel.EnvOption {
	text, number := cel.StringType, cel.IntType
	item := cel.TypeParamType("T")
	findings := cel.ListType(message("Finding"))
	return []cel.EnvOption{
		cel.Function("plural", cel.Overload("plural_int_string_string", []*cel.Type{number, text, text}, text,
			cel.FunctionBinding(func(args ...ref.Val) ref.Val { return plural(args[0], args[1], args[2]) }))),
		cel.Function("join", cel.Overload("join_list_string", []*cel.Type{cel.ListType(text), text}, text, cel.BinaryBinding(join))),
		cel.Function("lower", cel.Overload("lower_string", []*cel.Type{text}, text, cel.UnaryBinding(mapped(strings.ToLower)))),
		cel.Function("upper", cel.Overload("upper_string", []*cel.Type{text}, text, cel.UnaryBinding(mapped(strings.ToUpper)))),
		cel.Function("verdict", cel.Overload("verdict_int", []*cel.Type{number}, text, cel.UnaryBinding(verdict))),
		cel.Function("matches", cel.MemberOverload("string_matches", []*cel.Type{text, text}, cel.BoolType, cel.BinaryBinding(matches))),
		cel.Function("take", cel.Overload("take_list_int", []*cel.Type{cel.ListType(item), number}, cel.ListType(item), cel.BinaryBinding(take))),
		cel.Function("top", cel.Overload("top_list_int", []*cel.Type{findings, number}, findings, cel.BinaryBinding(top))),
	}
}

// plural writes a count with the fitting words: plural(2, "source", "sources").
func plural(n, one, many ref.Val) ref.Val {
	count, _ := n.(types.Int)
	word, _ := many.(types.String)
	if count == 1 {
		word, _ = one.(types.String)
	}
	return types.String(strconv.FormatInt(int64(count), 10)) + " " + word
}

// join writes texts with another between them.
func join(list, between ref.Val) ref.Val {
	separator, _ := between.(types.String)
	var out strings.Builder
	for i, text := range items(list) {
		if i > 0 {
			out.WriteString(string(separator))
		}
		s, _ := text.(types.String)
		out.WriteString(string(s))
		if out.Len() > MaxString {
			return types.NewErr("the text is longer than %d bytes", MaxString)
		}
	}
	return types.String(out.String())
}

// mapped makes a function of texts of one of strings.
func mapped(f func(string) string) func(ref.Val) ref.Val {
	return func(v ref.Val) ref.Val {
		s, _ := v.(types.String)
		return types.String(f(string(s)))
	}
}

// verdict names a verdict in words; what is none is named by nothing.
func verdict(v ref.Val) ref.Val {
	n, _ := v.(types.Int)
	switch s := analysisv1.Support(n); s {
	case analysisv1.Support_SUPPORTED, analysisv1.Support_PARTIAL, analysisv1.Support_UNSUPPORTED, analysisv1.Support_CONTRADICTED:
		return types.String(readable.Verdict(s))
	}
	return types.String("")
}

// take returns the first items of a list.
func take(list, count ref.Val) ref.Val {
	all := items(list)
	return types.NewRefValList(types.DefaultTypeAdapter, all[:bounded(count, len(all))])
}

// top returns the findings that matter most, the first of them first.
func top(list, count ref.Val) ref.Val {
	all := items(list)
	slices.SortStableFunc(all, func(a, b ref.Val) int { return cmp.Compare(salience(b), salience(a)) })
	return types.NewRefValList(types.DefaultTypeAdapter, all[:bounded(count, len(all))])
}

// salience says how much a finding matters.
func salience(v ref.Val) float64 {
	f, _ := v.Value().(*reportv1.Finding)
	return f.GetSalience()
}

// bounded returns a count between 0 and what there is.
func bounded(count ref.Val, have int) int {
	n, _ := count.(types.Int)
	return int(max(0, min(n, types.Int(have))))
}

// items returns the items of a list.
func items(list ref.Val) []ref.Val {
	l, ok := list.(traits.Lister)
	if !ok {
		return nil
	}
	var out []ref.Val
	for it := l.Iterator(); it.HasNext() == types.True; {
		out = append(out, it.Next())
	}
	return out
}

// costs counts what CEL does not: the size of what functions make, and what our own go
// through. Strings that are too long cost too much.
type costs struct{}

// CallCost implements interpreter.ActualCostEstimator.
func (costs) CallCost(function, _ string, args []ref.Val, result ref.Val) *uint64 {
	if s, ok := result.(types.String); ok && len(s) > MaxString {
		most := uint64(MaxCost + 1)
		return &most
	}
	cost := uint64(1)
	switch function {
	case "matches": // as CEL counts it: by the sizes of both
		s, _ := args[0].(types.String)
		p, _ := args[1].(types.String)
		cost += uint64(len(s)/10+1) * uint64(len(p)/4+1)
		return &cost
	case "join", "lower", "upper", "plural":
		if s, ok := result.(types.String); ok {
			cost += uint64(len(s)) / 10
		}
		fallthrough
	case "take", "top":
		if l, ok := args[0].(traits.Sizer); ok {
			if n, ok := l.Size().(types.Int); ok {
				cost += uint64(n)
			}
		}
		return &cost
	}
	return nil // CEL's own count
}
