package pg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// SQLSTATE codes that are named in code; see PostgreSQL's appendix A.
const (
	codeSerializationFailure = "40001"
	codeDeadlockDetected     = "40P01"
	// codeWorkspaceDeleted is our own: the triggers of package tenancy raise it.
	codeWorkspaceDeleted = "RPW01"
)

// kindOfCode maps whole SQLSTATE codes. It is looked into before kindOfClass.
var kindOfCode = map[string]error{
	"23505":                  errs.AlreadyExists,      // unique_violation
	"23P01":                  errs.AlreadyExists,      // exclusion_violation
	"23503":                  errs.FailedPrecondition, // foreign_key_violation
	"23514":                  errs.InvalidArgument,    // check_violation
	codeSerializationFailure: errs.Conflict,
	codeDeadlockDetected:     errs.Conflict,
	codeWorkspaceDeleted:     errs.NotFound,
	"55P03":                  errs.Conflict,    // lock_not_available
	"25006":                  errs.Unavailable, // read_only_sql_transaction: a fail-over left us on a standby
	"57014":                  errs.Unavailable, // query_canceled: our context or statement_timeout
	"57P01":                  errs.Unavailable, // admin_shutdown
	"57P02":                  errs.Unavailable, // crash_shutdown
	"57P03":                  errs.Unavailable, // cannot_connect_now: starting or stopping
	"57P05":                  errs.Unavailable, // idle_session_timeout
	"25P03":                  errs.Unavailable, // idle_in_transaction_session_timeout
}

// kindOfClass maps the first two characters of a SQLSTATE.
var kindOfClass = map[string]error{
	"08": errs.Unavailable,     // connection exceptions
	"22": errs.InvalidArgument, // data exceptions: a value that the type does not take
	"53": errs.Unavailable,     // insufficient resources: disk, memory, connections
	"58": errs.Unavailable,     // system errors: I/O
}

// Error gives err the kind of package errs that its SQLSTATE, or the way the
// connection failed, stands for; errors.Is finds both the kind and err itself.
// An error that a caller cannot act on (a wrong statement, a missing right, a
// NULL that we forgot) gets no kind and so stays internal. Error(nil) is nil,
// and an error is given a kind only once.
func Error(err error) error {
	kind := kindOf(err)
	if kind == nil || errors.Is(err, kind) {
		return err
	}
	return fmt.Errorf("%w: %w", kind, err)
}

// NoRow reports whether err says that a query found no row. errs.NotFound says so,
// too, but of a statement that writes it may also mean the workspace: it is deleted.
func NoRow(err error) bool { return errors.Is(err, pgx.ErrNoRows) }

// kindOf returns the kind for err, or nil.
func kindOf(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return errs.NotFound
	}
	if code := sqlState(err); code != "" {
		if kind, ok := kindOfCode[code]; ok {
			return kind
		}
		return kindOfClass[code[:2]]
	}
	if lostConnection(err) {
		return errs.Unavailable
	}
	return nil
}

// sqlState returns the five characters of the server's code, or "".
func sqlState(err error) string {
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) && len(pgErr.Code) == 5 {
		return pgErr.Code
	}
	return ""
}

// lostConnection reports whether the server could not be reached, or went away,
// or was not waited for.
func lostConnection(err error) bool {
	var connect *pgconn.ConnectError
	var network *net.OpError
	switch {
	case errors.As(err, &connect), errors.As(err, &network):
		return true
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return true
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return true
	case errors.Is(err, pgconn.ErrConnClosed), errors.Is(err, puddle.ErrClosedPool):
		return true
	}
	return false
}

// retryable reports whether the same transaction may succeed when run again.
func retryable(err error) bool {
	code := sqlState(err)
	return code == codeSerializationFailure || code == codeDeadlockDetected
}
