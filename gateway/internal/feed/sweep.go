package feed

import (
	"runtime"
	"slices"
	"time"
)

const (
	// nowhere is the slot of a reader that is not parked.
	nowhere = -1
	// pieceSize is how much a parked reader is given at a time. A socket that takes
	// it only in part holds the piece until it took all of it.
	pieceSize = 64 << 10
	// maxPause is the longest pause between two sweeps: what an event waits for at
	// most so that it is written together with those behind it.
	maxPause = 100 * time.Millisecond
	// pausePerReader makes the pause grow with what a sweep costs. From 1,600
	// readers on it is maxPause; a run that a hundred follow is swept 150 times a
	// second.
	pausePerReader = 60 * time.Microsecond
	// stride is how many readers a sweep serves before it looks again what is new: to
	// write to a thousand takes long enough for more to come. A few hundred are served
	// in one go, so that they stay at one place and share their pieces.
	stride = 512
)

// sweepsAtOnce is how many runs of a hub are swept at the same time. Sweeps that share
// a processor make each other longer, and who is served last waits for all of them;
// half of the processors are left to those who read.
func sweepsAtOnce() int { return max(1, runtime.GOMAXPROCS(0)/2) }

// Sink takes what is new for a parked reader. Its methods are called by one
// goroutine, which serves all the other readers, too, and must not wait.
type Sink interface {
	// Deliver takes events as frames, one behind the other, to be shared and not
	// changed. When it returns false the reader is parked no longer.
	Deliver(frames []byte) bool
	// Resume gives the reader back, which is parked no longer: Next tells why.
	Resume()
}

// Park hands the reader to the run, which gives sink what is new until the reader is
// given back or closed. It returns false, and does nothing, when there is something
// for Next already. Nobody else may use the reader meanwhile, except for Close.
func (r *Reader) Park(sink Sink) bool {
	run := r.run
	run.mu.Lock()
	defer run.mu.Unlock()
	if r.gone || r.failed != nil || run.ended || r.position != run.last || r.hub.ctx.Err() != nil {
		return false
	}
	r.sink, r.live, r.slot = sink, true, len(run.parked)
	run.parked = append(run.parked, r)
	return true
}

// unpark takes a reader out of the list. The caller holds r.mu.
func (r *run) unpark(reader *Reader) {
	if reader.slot == nowhere {
		return
	}
	end := len(r.parked) - 1
	moved := r.parked[end]
	r.parked[reader.slot], moved.slot = moved, reader.slot
	r.parked[end] = nil
	r.parked, reader.slot = r.parked[:end], nowhere
}

// broadcast sweeps while the run is followed: at once when it was quiet, and after a
// pause when it was not.
func (r *run) broadcast() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-r.over:
			r.sweep() // the last events of a run, and its end
			return
		case <-r.more:
		}
		r.hub.sweeping <- struct{}{}
		begun := time.Now()
		readers := r.sweep()
		took := time.Since(begun)
		<-r.hub.sweeping
		timer.Reset(pause(readers, took))
		select {
		case <-timer.C:
		case <-r.over:
		}
	}
}

// pause is how long to wait after a sweep, so that sweeps leave room for others.
func pause(readers int, took time.Duration) time.Duration {
	return min(maxPause, max(2*took, time.Duration(readers)*pausePerReader))
}

// sweep gives all readers what is new, and returns how many there are.
func (r *run) sweep() int {
	r.mu.Lock()
	list, readers := r.parked, len(r.readers)
	r.parked = nil
	for _, reader := range list {
		reader.slot = nowhere
	}
	close(r.changed) // wakes those who wait in Next
	r.changed = make(chan struct{})
	r.mu.Unlock()
	if r.hub.ctx.Err() != nil {
		return readers // whoever closes the hub ends the readers
	}
	kept := list[:0]
	for some := range slices.Chunk(list, stride) {
		now := r.snapshot()
		for _, reader := range some {
			if r.serve(reader, &now) {
				kept = append(kept, reader)
			}
		}
	}
	r.keep(kept)
	return readers
}

// keep parks the readers of a sweep again, those that have not been closed since.
func (r *run) keep(list []*Reader) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, came := range r.parked { // during the sweep
		came.slot = nowhere
		list = append(list, came)
	}
	r.parked = list[:0]
	for _, reader := range list {
		if !reader.gone {
			reader.slot = len(r.parked)
			r.parked = append(r.parked, reader)
		}
	}
	clear(r.parked[len(r.parked):cap(r.parked)]) // holds nobody who is gone
}

// snapshot is a run at a moment of a sweep.
type snapshot struct {
	window []Event
	last   int64
	ended  bool
	pieces map[place]piece
}

// snapshot returns the run as it is.
func (r *run) snapshot() snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	return snapshot{window: r.window, last: r.last, ended: r.ended, pieces: map[place]piece{}}
}

// place says what a piece is: what follows a position, in a form.
type place struct {
	position int64
	form     Form
}

// piece is some events as bytes that all readers at one place share.
type piece struct {
	frames []byte
	last   int64
}

// after returns the piece of a place within the window.
func (s *snapshot) after(at place) piece {
	p, ok := s.pieces[at]
	if !ok {
		events := s.window[at.position+1-s.first():]
		frames, n := Frames(nil, events, at.form, pieceSize)
		p = piece{frames: frames, last: at.position + int64(n)}
		s.pieces[at] = p
	}
	return p
}

// first returns the sequence of the window's first event.
func (s *snapshot) first() int64 { return s.last - int64(len(s.window)) + 1 }

// serve gives one reader what is new, and reports whether it stays parked.
func (r *run) serve(reader *Reader, now *snapshot) bool {
	if r.refuses(reader) || reader.position+1 < now.first() {
		reader.sink.Resume()
		return false
	}
	for reader.position < now.last {
		p := now.after(place{reader.position, reader.Form})
		reader.position = p.last
		if !reader.sink.Deliver(p.frames) {
			return false
		}
	}
	if now.ended {
		reader.sink.Resume()
		return false
	}
	return true
}

// refuses reports whether a reader has been failed.
func (r *run) refuses(reader *Reader) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return reader.failed != nil
}
