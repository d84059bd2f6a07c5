package chaos

import (
	"context"
	"sync"
	"time"
)

// hold stops a request on its way, so that a process can be killed in the middle of
// what it does.
type hold struct {
	mu      sync.Mutex
	name    string        // of the requests to stop; "" for none
	reached chan struct{} // closed when the first has come
	release chan struct{} // closed when they may go on
}

// arm stops the requests with a name from now on. reached is closed when one has come;
// release lets all go on and stops no more.
func (h *hold) arm(name string) (reached <-chan struct{}, release func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.name, h.reached, h.release = name, make(chan struct{}), make(chan struct{})
	let := h.release
	return h.reached, sync.OnceFunc(func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.name = ""
		close(let)
	})
}

// pass lets a request through after the time that answers take, or when it is released.
func (h *hold) pass(ctx context.Context, name string, latency time.Duration) {
	h.mu.Lock()
	stop := h.release
	if h.name == "" || h.name != name {
		stop = nil
	} else {
		select {
		case <-h.reached:
		default:
			close(h.reached)
		}
	}
	h.mu.Unlock()
	wait := time.After(latency)
	if stop != nil {
		wait = nil
	}
	select {
	case <-wait:
	case <-stop:
	case <-ctx.Done():
	}
}
