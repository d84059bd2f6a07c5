package grpcserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/researcherpro/researcherpro/pkg/audit"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

// recoverUnary turns a panic into an error, so that one bad request does not
// take the process down.
func recoverUnary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (resp any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(ctx, info.FullMethod, p)
		}
	}()
	return next(ctx, req)
}

// recoverStream is recoverUnary for streams.
func recoverStream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(ss.Context(), info.FullMethod, p)
		}
	}()
	return next(srv, ss)
}

func panicked(ctx context.Context, method string, p any) error {
	slog.ErrorContext(ctx, "panic", "method", method, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	return errPanic
}

// auditUnary records calls, when there is where to.
func (o Options) auditUnary() []grpc.UnaryServerInterceptor {
	if o.Audit == nil {
		return nil
	}
	return []grpc.UnaryServerInterceptor{audit.Unary(o.Policy, o.Audit)}
}

// auditStream is auditUnary for streams.
func (o Options) auditStream() []grpc.StreamServerInterceptor {
	if o.Audit == nil {
		return nil
	}
	return []grpc.StreamServerInterceptor{audit.Stream(o.Policy, o.Audit)}
}

// validateUnary refuses a request that breaks the rules of its proto.
func validateUnary(v protovalidate.Validator) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		if err := Validate(v, req); err != nil {
			return nil, err
		}
		return next(ctx, req)
	}
}

// validateStream does the same for every message that a stream receives.
func validateStream(v protovalidate.Validator) grpc.StreamServerInterceptor {
	return func(srv any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		return next(srv, validatedStream{ServerStream: ss, validator: v})
	}
}

type validatedStream struct {
	grpc.ServerStream
	validator protovalidate.Validator
}

func (s validatedStream) RecvMsg(m any) error {
	if err := s.ServerStream.RecvMsg(m); err != nil {
		return err
	}
	return Validate(s.validator, m)
}

// maxViolations is how many broken rules are told: a list of a million bad values would
// make an answer that is larger than the request.
const maxViolations = 100

// Validate checks a message against the rules of its proto. What breaks them is
// an errs.InvalidArgument with a violation for each field.
func Validate(v protovalidate.Validator, message any) error {
	m, ok := message.(proto.Message)
	if !ok {
		return nil
	}
	err := v.Validate(m)
	if err == nil {
		return nil
	}
	broken, ok := errors.AsType[*protovalidate.ValidationError](err)
	if !ok {
		return fmt.Errorf("validate %s: %w", m.ProtoReflect().Descriptor().FullName(), err)
	}
	var all errs.Violations
	for _, one := range broken.Violations[:min(len(broken.Violations), maxViolations)] {
		field := protovalidate.FieldPathString(one.Proto.GetField())
		all.Check(false, field, ruleOf(one))
	}
	return all.Err()
}

// ruleOf says what a value must be. Of an enum the library knows only numbers.
func ruleOf(broken *protovalidate.Violation) string {
	field := broken.FieldDescriptor
	if field == nil || field.Kind() != protoreflect.EnumKind || field.IsList() {
		return broken.Proto.GetMessage()
	}
	rules, err := protovalidate.ResolveFieldRules(field)
	if err != nil {
		return broken.Proto.GetMessage()
	}
	var names []string
	in := rules.GetEnum().GetIn()
	for i := range field.Enum().Values().Len() {
		value := field.Enum().Values().Get(i)
		// Without a list every value is good; zero is what is not said.
		if slices.Contains(in, int32(value.Number())) || (len(in) == 0 && value.Number() != 0) {
			names = append(names, string(value.Name()))
		}
	}
	return "must be one of " + strings.Join(names, ", ")
}
