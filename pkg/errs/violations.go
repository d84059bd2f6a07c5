package errs

import "strings"

// Violation names a field of the request and the rule that it breaks.
type Violation struct {
	// Field is the path of the field as it stands in the proto, "budget.max_tokens".
	Field string
	// Rule says what the field must be.
	Rule string
}

// Violations collects all that is wrong with a request, so that the caller is
// told everything at once. The zero value is ready.
type Violations struct {
	list []Violation
}

// Check adds a violation unless ok.
func (v *Violations) Check(ok bool, field, rule string) {
	if !ok {
		v.list = append(v.list, Violation{Field: field, Rule: rule})
	}
}

// Err returns nil when nothing is wrong, else an error of kind InvalidArgument
// that names every field.
func (v *Violations) Err() error {
	if len(v.list) == 0 {
		return nil
	}
	return &FieldError{Violations: v.list}
}

// Field returns an error of kind InvalidArgument for one field.
func Field(field, rule string) error {
	return &FieldError{Violations: []Violation{{Field: field, Rule: rule}}}
}

// FieldBecause is Field with a reason for programs, in UPPER_SNAKE_CASE: for what the
// field alone does not show to be wrong.
func FieldBecause(reason, field, rule string) error {
	return &FieldError{Violations: []Violation{{Field: field, Rule: rule}}, Reason: reason}
}

// FieldError is an InvalidArgument that names fields.
type FieldError struct {
	Violations []Violation
	// Reason is for programs; "" means INVALID_FIELD.
	Reason string
}

// Error lists every field with its rule.
func (e *FieldError) Error() string {
	parts := make([]string, len(e.Violations))
	for i, v := range e.Violations {
		parts[i] = v.Field + ": " + v.Rule
	}
	return strings.Join(parts, "; ")
}

// Unwrap returns InvalidArgument.
func (e *FieldError) Unwrap() error { return InvalidArgument }
