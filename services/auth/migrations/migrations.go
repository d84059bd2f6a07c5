// Package migrations holds the SQL that makes the schema of the auth service.
// The files are forward-only: a change is a new file with the next number.
package migrations

import "embed"

// FS holds the migrations, in goose's format.
//
//go:embed *.sql
var FS embed.FS
