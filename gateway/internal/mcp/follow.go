package mcp

import (
	"context"
	"errors"
	"io"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/researcherpro/researcherpro/gateway/internal/feed"
	"github.com/researcherpro/researcherpro/gateway/internal/live"
	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

const (
	// maxWait is how many seconds one call may wait: less than the minute after which
	// common clients give up on a call.
	maxWait   = 50
	usualWait = 25
	// maxTold is how many events one call tells; the next one goes on behind them.
	maxTold = 200
)

// followInput are the arguments of follow_research.
type followInput struct {
	ID            string  `json:"id" jsonschema:"The id of the research"`
	AfterSequence int64   `json:"afterSequence,omitempty" jsonschema:"The afterSequence that the last call returned; left out for all from the beginning"`
	WaitSeconds   float64 `json:"waitSeconds,omitempty" jsonschema:"How long to wait at most; 0 returns what there is"`
}

// followed is what follow_research returns.
type followed struct {
	Research      run    `json:"research"`
	Done          bool   `json:"done" jsonschema:"Whether the research has ended and all of it is told; if not, call again"`
	Events        []told `json:"events" jsonschema:"What has happened, in order"`
	AfterSequence int64  `json:"afterSequence" jsonschema:"Give it to the next call"`
}

// told is one event.
type told struct {
	Sequence int64  `json:"sequence"`
	Type     string `json:"type"`
	Text     string `json:"text"`
}

func (s *Server) follow(ctx context.Context, req *sdk.CallToolRequest, in followInput) (followed, error) {
	wait := time.Duration(in.WaitSeconds * float64(time.Second))
	ctx, c, end, err := begin(ctx, s.opts.Call+wait)
	if err != nil {
		return followed{}, err
	}
	defer end()
	defer c.out.keepAlive(s.opts.Heartbeat)()
	ctx, release, err := c.admitted.Hold(ctx)
	if err != nil {
		return followed{}, err
	}
	defer release()
	reader, err := s.Hub.Follow(ctx, in.ID, in.AfterSequence)
	if errors.Is(err, feed.ErrClosed) {
		return followed{}, errs.New(errs.Unavailable, "RESTARTING", "the server is restarting, try again")
	}
	if err != nil {
		return followed{}, err
	}
	defer reader.Close()
	f := &follower{reader: reader, progress: newProgress(req), result: followed{Events: []told{}, AfterSequence: in.AfterSequence}}
	if err := f.read(ctx, wait); err != nil {
		if errors.Is(context.Cause(ctx), live.ErrExpired) {
			err = errExpired()
		}
		return followed{}, err
	}
	analysis, err := s.Analyses.GetAnalysis(ctx, &analysisv1.GetAnalysisRequest{Id: in.ID})
	f.result.Research = newRun(analysis)
	return f.result, err
}

// follower collects the events for one call.
type follower struct {
	reader   *feed.Reader
	progress *progress
	result   followed
}

// read reads until the run ends, the wait is over, or enough is told. What is in the
// log already is not waited for.
func (f *follower) read(ctx context.Context, wait time.Duration) error {
	last := f.reader.Analysis.GetLastSequence()
	if feed.Final(f.reader.Analysis.GetState()) && f.result.AfterSequence >= last {
		f.result.Done = true
		return nil
	}
	waiting, stop := context.WithTimeout(ctx, wait)
	defer stop()
	for len(f.result.Events) < maxTold {
		patience := waiting
		if f.result.AfterSequence < last {
			patience = ctx
		}
		batch, err := f.reader.Next(patience)
		switch {
		case errors.Is(err, io.EOF):
			f.result.Done = true
			return nil
		case errors.Is(err, feed.ErrClosed):
			return nil // this process stops; the next call goes to another one
		case err != nil && ctx.Err() == nil && waiting.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		if err := f.take(ctx, batch.Events); err != nil {
			return err
		}
	}
	return nil
}

// take tells events, as many as fit.
func (f *follower) take(ctx context.Context, events []feed.Event) error {
	for _, e := range events {
		if len(f.result.Events) == maxTold {
			return nil
		}
		event := &analysisv1.Event{}
		if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(e.JSON, event); err != nil {
			return err
		}
		f.result.AfterSequence = e.Sequence
		text := sentence(event)
		if text == "" {
			continue
		}
		f.result.Events = append(f.result.Events, told{Sequence: e.Sequence, Type: e.Type, Text: text})
		f.progress.tell(ctx, float64(e.Sequence), text)
	}
	return nil
}
