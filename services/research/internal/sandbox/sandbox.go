// Package sandbox runs work that may go wrong in any way, such as reading hostile
// files, in child processes of the program itself. A child has a hard limit of
// memory, which the kernel enforces, inherits no secret in its environment, and
// is killed when its time is over or its parent is gone.
//
// A child is this program once more, with other arguments: main gives the process
// to Serve before it does anything else when it was started as one. Children
// are kept for the next piece of work and stopped when there is none for a while.
//
// Limits hold on Linux only; see Supported and LimitsMemory.
package sandbox

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// The ends of work that are the work's own fault.
var (
	// ErrMemory says that the work needed more memory than a child may have.
	ErrMemory = errors.New("sandbox: out of memory")
	// ErrTime says that the work did not end in its time.
	ErrTime = errors.New("sandbox: out of time")
	// ErrCrash says that the child ended in the middle of the work.
	ErrCrash = errors.New("sandbox: the child crashed")
)

// Config says what a pool's children are.
type Config struct {
	// Args are the arguments of a child, by which main knows that it is one.
	Args []string
	// MemoryBytes is what a child may have of private memory. A Go program uses
	// some 30 MiB before it does anything.
	MemoryBytes int64
	// Size is how many children run side by side. Work beyond waits.
	Size int
	// Idle is how long a child waits for work before it is stopped; 0 means a
	// minute.
	Idle time.Duration
}

// Pool keeps children. It is safe for concurrent use.
type Pool struct {
	cfg   Config
	slots chan struct{} // one for each child that may run

	mu     sync.Mutex // guards the rest
	idle   []*child   // children without work, the one used last at the end
	closed bool
}

// New returns a pool without children.
func New(cfg Config) *Pool {
	if cfg.Idle == 0 {
		cfg.Idle = time.Minute
	}
	return &Pool{cfg: cfg, slots: make(chan struct{}, max(cfg.Size, 1))}
}

// Run gives a child work and returns what it answers. It waits for a child to be
// free, which is not part of limit. An error that is none of this package's
// means that ctx has ended or that no child could be started.
func (p *Pool) Run(ctx context.Context, work []byte, limit time.Duration) ([]byte, error) {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	c, err := p.take()
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeoutCause(ctx, limit, ErrTime)
	defer cancel()
	answer, last, err := c.work(limited, work)
	switch {
	case err != nil:
		return nil, err // work has killed it
	case last:
		c.kill()
	default:
		p.put(c)
	}
	return answer, nil
}

// take returns an idle child, or a new one.
func (p *Pool) take() (*child, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errors.New("sandbox: the pool is closed")
	}
	for len(p.idle) > 0 {
		c := p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		if c.timer.Stop() {
			return c, nil
		}
		c.kill() // its time is over just now
	}
	return start(p.cfg)
}

// put keeps a child for the next work.
func (p *Pool) put(c *child) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		c.kill()
		return
	}
	c.timer = time.AfterFunc(p.cfg.Idle, func() { p.drop(c) })
	p.idle = append(p.idle, c)
}

// drop stops a child that has waited too long.
func (p *Pool) drop(c *child) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, other := range p.idle {
		if other == c {
			p.idle = append(p.idle[:i], p.idle[i+1:]...)
			c.kill()
			return
		}
	}
}

// Close stops the children that have no work and lets no new work begin. Work
// that is going on ends by itself.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, c := range p.idle {
		c.timer.Stop()
		c.kill()
	}
	p.idle = nil
}

// Frames are what parent and child send each other: a length of eight bytes, of
// which the first is a mark, and as many bytes.
const (
	frameHead = 8
	// maxFrame is the longest frame, above the largest file with its text.
	maxFrame = 512 << 20
	markLast = 1 // the child does not want to be given work again
)

// writeFrame sends a frame.
func writeFrame(w io.Writer, mark byte, data []byte) error {
	var head [frameHead]byte
	binary.BigEndian.PutUint64(head[:], uint64(len(data)))
	head[0] = mark
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	_, err := w.Write(data)
	return err
}

// readFrame receives a frame.
func readFrame(r io.Reader) (mark byte, data []byte, err error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	mark, head[0] = head[0], 0
	size := binary.BigEndian.Uint64(head[:])
	if size > maxFrame {
		return 0, nil, fmt.Errorf("a frame of %d bytes", size)
	}
	data = make([]byte, size)
	if _, err := io.ReadFull(r, data); err != nil {
		return 0, nil, err
	}
	return mark, data, nil
}

// childMark is in the environment of children, so that none has children.
const childMark = "RP_SANDBOX_CHILD=1"

// Inside reports whether the process is a child.
func Inside() bool { return os.Getenv("RP_SANDBOX_CHILD") != "" }
