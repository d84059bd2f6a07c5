package template

import (
	"fmt"
	"regexp"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// newEnv returns what expressions at the top of a template know: the fields of the
// material, the verdicts, and the functions that are listed here and in functions.go.
func newEnv() (*cel.Env, error) {
	library := env.NewLibrarySubset()
	for _, name := range []string{
		operators.Conditional, operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.NotStrictlyFalse,
		operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals,
		operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo, operators.Negate,
		operators.Index, operators.In,
		"size", "contains", "startsWith", "endsWith", "string", "int", "double",
	} {
		library.AddIncludedFunctions(env.NewFunction(name))
	}
	options := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(library)),
		cel.Types(&reportv1.Material{}),
		cel.DeclareContextProto((&reportv1.Material{}).ProtoReflect().Descriptor()),
		cel.EnableHiddenAccumulatorName(true),
		cel.ExpressionNodeLimit(MaxNodes),
	}
	for number, name := range analysisv1.Support_name {
		if number != 0 {
			options = append(options, cel.Constant(name, cel.IntType, types.Int(number)))
		}
	}
	e, err := cel.NewCustomEnv(append(options, functions()...)...)
	if err != nil {
		return nil, fmt.Errorf("declare what templates know: %w", err)
	}
	return e, nil
}

// compile reads an expression and checks it; nil if that fails, or if the environment
// is nil, which says that what it knows is unknown.
func (p *parser) compile(text string, at int, e *cel.Env) *expression {
	at += len(text) - len(strings.TrimLeft(text, " \t\r\n"))
	text = strings.TrimSpace(text)
	if text == "" {
		p.fail(at, "an expression is missing")
		return nil
	}
	if e == nil {
		return nil
	}
	ast, issues := e.Compile(text)
	if issues.Err() != nil {
		for _, issue := range issues.Errors() {
			p.fail(at+offset(text, issue.Location.Line(), issue.Location.Column()), "%s", inWords(issue.Message))
		}
		return nil
	}
	if !p.allowed(ast.NativeRep(), text, at) {
		return nil
	}
	program, err := e.Program(ast,
		cel.EvalOptions(cel.OptOptimize),
		cel.CostLimit(MaxCost),
		cel.CostTracking(costs{}),
		cel.InterruptCheckFrequency(100),
	)
	if err != nil {
		p.fail(at, "%s", inWords(err.Error()))
		return nil
	}
	return &expression{at: at, program: program, kind: ast.OutputType()}
}

// offset returns where a place of CEL is in a text: lines from 1, columns from 0 in
// characters. Places outside are at the end.
func offset(text string, line, column int) int {
	at := 0
	for ; line > 1; line-- {
		end := strings.IndexByte(text[at:], '\n')
		if end < 0 {
			return len(text)
		}
		at += end + 1
	}
	for i := range text[at:] {
		if column <= 0 {
			return at + i
		}
		column--
	}
	return len(text)
}

// unexpected finds what CEL's grammar did not expect in its message.
var unexpected = regexp.MustCompile(`^Syntax error: (?:mismatched input|extraneous input|no viable alternative at input|token recognition error at:) '(.*?)'(?: expecting.*)?$`)

// overload finds the parts of CEL's message about types that do not fit.
var overload = regexp.MustCompile(`^found no matching overload for '([^']*)' applied to '([^']*)'$`)

// inWords writes a message of CEL for who writes templates.
func inWords(message string) string {
	message, _, _ = strings.Cut(message, "\n")
	message = strings.NewReplacer(" (in container '')", "", messages, "").Replace(message)
	if m := unexpected.FindStringSubmatch(message); m != nil {
		if m[1] == "<EOF>" {
			return "the expression ends too early"
		}
		return fmt.Sprintf("%q is not expected here", m[1])
	}
	if m := overload.FindStringSubmatch(message); m != nil {
		name := m[1]
		if sign, isOperator := operators.FindReverse(name); isOperator && sign != "" {
			name = sign
		}
		return fmt.Sprintf("%s does not go with %s", name, m[2])
	}
	return strings.TrimPrefix(message, "Syntax error: ")
}
