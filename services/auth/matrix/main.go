// Command matrix writes the permission matrix into a README: who may call which
// method, out of what the protos declare.
//
//	go run ./services/auth/matrix services/auth/README.md
//
// replaces what stands between the two marks of the file.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/researcherpro/researcherpro/proto/access"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	// Linked in for their methods.
	_ "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	_ "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	_ "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	_ "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// The marks between which the matrix stands.
const (
	begin = "<!-- permission matrix, written by `make proto` -->\n"
	end   = "<!-- end of the permission matrix -->"
)

// roles are the columns of the matrix that depend on a role.
var roles = []accessv1.Role{
	accessv1.Role_VIEWER, accessv1.Role_RESEARCHER, accessv1.Role_ADMIN, accessv1.Role_OWNER,
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "matrix:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("give the file to write into")
	}
	text, err := os.ReadFile(args[0]) //nolint:gosec // a build tool reads what it is given
	if err != nil {
		return err
	}
	updated, err := replace(string(text), matrix())
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return os.WriteFile(args[0], []byte(updated), 0o644) //nolint:gosec // a build tool writes what it is given, and a README is public
}

// replace puts the matrix between the marks of a text.
func replace(text, matrix string) (string, error) {
	before, rest, ok := strings.Cut(text, begin)
	if !ok {
		return "", fmt.Errorf("there is no line %q", strings.TrimSpace(begin))
	}
	_, after, ok := strings.Cut(rest, end)
	if !ok {
		return "", fmt.Errorf("there is no line %q", end)
	}
	return before + begin + matrix + end + after, nil
}

// matrix is the table, a line for each method.
func matrix() string {
	var out strings.Builder
	out.WriteString("\n| method | permission | no token | VIEWER | RESEARCHER | ADMIN | OWNER | API key | service | audited |\n")
	out.WriteString("|---|---|:-:|:-:|:-:|:-:|:-:|:-:|:-:|:-:|\n")
	for _, service := range access.Services() {
		for i := range service.Methods().Len() {
			method := service.Methods().Get(i)
			rule, ok := access.Rule(access.FullMethod(method))
			if !ok {
				continue // denied to all, and a test fails because of it
			}
			name := fmt.Sprintf("%s.%s", service.Name(), method.Name())
			out.WriteString(line(name, rule))
		}
	}
	out.WriteString("\n")
	return out.String()
}

// line is one line of the table.
func line(name string, r access.Requirement) string {
	anyUser := r.Public || r.SignedIn || r.Authenticated
	byRole := r.MinRole != accessv1.Role_ROLE_UNSPECIFIED
	cells := []string{"`" + name + "`", "`" + r.Permission + "`", mark(r.Public)}
	for _, role := range roles {
		cells = append(cells, mark(anyUser || byRole && role >= r.MinRole))
	}
	key := mark(r.Public || r.Authenticated)
	if byRole && !r.SessionOnly {
		key = "scope"
	}
	cells = append(cells, key, mark(r.Public || r.Service || r.ForServices), mark(r.Audited))
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// mark is the cell of a yes or a no.
func mark(yes bool) string {
	if yes {
		return "●"
	}
	return ""
}
