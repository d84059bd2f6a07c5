package template

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// maxPattern bounds the size of a regular expression, with its repetitions written out.
// Go's take time in proportion to it and to the text, whatever they are.
const maxPattern = 1000

// errPattern says that a regular expression is larger than that.
var errPattern = fmt.Errorf("the pattern is larger than %d", maxPattern)

// compiled compiles a regular expression within the bound.
//
// CEL's own `matches` has a bound, too, but looks at expressions in a form that its
// check cannot take where something is repeated a number of times: it panics.
func compiled(pattern string) (*regexp.Regexp, error) {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if problem, ok := errors.AsType[*syntax.Error](err); ok {
		return nil, fmt.Errorf("the pattern has a mistake: %s", problem.Code)
	}
	if err != nil {
		return nil, fmt.Errorf("read the pattern: %w", err)
	}
	if patternSize(parsed) > maxPattern {
		return nil, errPattern
	}
	out, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("compile the pattern: %w", err)
	}
	return out, nil
}

// patternSize counts the parts of a regular expression as it is compiled. It stops
// counting beyond the bound.
func patternSize(re *syntax.Regexp) int {
	size := 1 + len(re.Rune)
	for _, sub := range re.Sub {
		if size += patternSize(sub); size > maxPattern {
			return size
		}
	}
	if re.Op == syntax.OpRepeat {
		size *= max(re.Min, re.Max, 1)
	}
	return size
}

// matches reports whether a text fits a regular expression.
func matches(text, pattern ref.Val) ref.Val {
	s, _ := text.(types.String)
	p, _ := pattern.(types.String)
	re, err := compiled(string(p))
	if err != nil {
		return types.NewErr("%v", err)
	}
	return types.Bool(re.MatchString(string(s)))
}
