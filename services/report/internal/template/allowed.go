package template

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// allowed notes what a checked expression does that templates must not, and reports
// whether there is nothing of the kind.
//
// The cost of an expression is counted after each call, and its time is looked at in
// each turn of a comprehension. So nothing may take long in one call, or make much of
// little: lists that are added to each other are kept as pairs, and a few such additions
// make a list with more items than anyone can count; lists of lists do the same for
// equality.
func (p *parser) allowed(a *ast.AST, text string, at int) bool {
	before := len(p.errors)
	fail := func(e ast.Expr, format string, args ...any) {
		where := a.SourceInfo().GetStartLocation(e.ID())
		p.fail(at+offset(text, where.Line(), where.Column()), format, args...)
	}
	ast.PostOrderVisit(a.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.StructKind:
			// Whoever could make a finding could print one that nobody found.
			fail(e, "messages cannot be made")
		case ast.ComprehensionKind:
			if a.GetType(e.AsComprehension().IterRange().ID()).Kind() == types.MapKind {
				fail(e, "macros go through lists: the order of a map is not known") // nor the same twice
			}
		case ast.CallKind:
			call := e.AsCall()
			var kinds []*cel.Type
			for _, arg := range call.Args() {
				kinds = append(kinds, a.GetType(arg.ID()))
			}
			if why := forbidden(call, kinds); why != "" {
				fail(e, "%s", why)
			}
			if call.FunctionName() == "matches" && call.Args()[0].Kind() == ast.LiteralKind {
				pattern, _ := call.Args()[0].AsLiteral().Value().(string)
				if _, err := compiled(pattern); err != nil {
					fail(call.Args()[0], "%v", err)
				}
			}
		case ast.UnspecifiedExprKind, ast.IdentKind, ast.LiteralKind, ast.ListKind, ast.MapKind, ast.SelectKind:
		}
	}))
	return len(p.errors) == before
}

// forbidden says why a call must not be, given the types of its arguments; empty if it
// may.
func forbidden(call ast.CallExpr, kinds []*cel.Type) string {
	switch call.FunctionName() {
	case operators.Add:
		macro := call.Args()[0].Kind() == ast.IdentKind && call.Args()[0].AsIdent() == "@result"
		if !macro && (!simple(kinds[0]) || !simple(kinds[1])) {
			return "only numbers and texts can be added"
		}
	case operators.Equals, operators.NotEquals:
		if !comparable(kinds[0]) || !comparable(kinds[1]) {
			return "lists cannot be compared"
		}
	case operators.In:
		if kinds[1].Kind() == types.ListKind && !simple(kinds[1].Parameters()[0]) {
			return "in looks for a text or a number"
		}
	}
	return ""
}

// simple reports whether the values of a type are of a bounded size and hold no others.
func simple(t *cel.Type) bool {
	switch t.Kind() {
	case types.BoolKind, types.IntKind, types.UintKind, types.DoubleKind, types.StringKind:
		return true
	}
	return false
}

// comparable reports whether values of a type can be compared at a bounded cost.
func comparable(t *cel.Type) bool {
	return simple(t) || t.Kind() == types.StructKind || t.Kind() == types.NullTypeKind
}
