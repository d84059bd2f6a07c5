package extract

import (
	"sync"
	"time"
)

// watch is how a reader shows that it still gets on: it is stopped when it has
// not for Limits.Stall.
type watch struct {
	mu    sync.Mutex
	timer *time.Timer
	stall time.Duration
	last  time.Time
}

// newWatch begins to watch. stop is called when nothing has been shown for too
// long.
func newWatch(stall time.Duration, stop func()) *watch {
	return &watch{timer: time.AfterFunc(stall, stop), stall: stall, last: time.Now()}
}

// alive shows that the reader gets on.
func (w *watch) alive() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if now := time.Now(); now.Sub(w.last) > w.stall/100 && w.timer.Stop() {
		w.last = now
		w.timer.Reset(w.stall)
	}
}
