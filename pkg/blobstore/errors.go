package blobstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"gocloud.dev/gcerrors"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// kind gives an error of the store, or of the local disk, its kind.
func kind(err error) error {
	var k error
	var network *net.OpError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		k = errs.ResourceExhausted
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		k = errs.Unavailable
	case errors.As(err, &network): // no answer from the bucket's server
		k = errs.Unavailable
	default:
		k = kindOfCode[gcerrors.Code(err)]
	}
	if k == nil || errors.Is(err, k) {
		return err // internal, or has it already
	}
	return fmt.Errorf("%w: %w", k, err)
}

// kindOfCode maps gocloud.dev's codes. What is not here (a missing right, a bug)
// stays internal: the caller of our API can do nothing about it.
var kindOfCode = map[gcerrors.ErrorCode]error{
	gcerrors.NotFound:          errs.NotFound,
	gcerrors.ResourceExhausted: errs.ResourceExhausted,
	gcerrors.DeadlineExceeded:  errs.Unavailable,
	gcerrors.Canceled:          errs.Unavailable,
}
