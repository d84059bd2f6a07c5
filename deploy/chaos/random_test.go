package chaos

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/researcherpro/researcherpro/deploy/client"
)

// fullKills is how many random kills make the long form.
const fullKills = 200

var (
	kills = flag.Int("chaos.kills", 4, "how many random moments to kill a process at")
	seed  = flag.Uint64("chaos.seed", 0, "of the random moments; 0 is a new one")
)

// atOnce is how many runs are at work when a process is killed.
const atOnce = 3

// victims are the programs that are killed at random, the more often the more of them.
var victims = []string{"analysis", "analysis", "analysis", "research", "research", "report", "auth"}

// TestKilledAtRandom kills processes at random moments while runs are at work.
func TestKilledAtRandom(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the programs and kills them")
	}
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-chaos.seed=%d", *seed)
	random := rand.New(rand.NewPCG(*seed, 0))
	w := newWorld(t, quick)
	want := w.story(t, w.finished(t, w.start(t, undisturbed)))
	runs := map[int]string{}
	number := undisturbed + 1
	began := time.Now()
	runs[number] = w.start(t, number)
	w.finished(t, runs[number])
	length := time.Since(began) // of a run in processes that are warm
	for done := 0; done < *kills; done++ {
		for w.working(t, runs) < atOnce {
			number++
			runs[number] = w.start(t, number)
		}
		time.Sleep(time.Duration(random.Int64N(int64(length)))) //nolint:forbidigo // the moment is what is tested
		w.restart(t, w.site(random.IntN(2)), victims[random.IntN(len(victims))])
	}
	lost := 0
	for number, id := range runs {
		lost += w.check(t, number, id, want)
	}
	t.Logf("%d kills, %d runs, all completed with the same report; %d paid calls were lost with their process", *kills, len(runs), lost)
}

// working counts the runs that have not ended.
func (w *world) working(t *testing.T, runs map[int]string) (n int) {
	t.Helper()
	for _, id := range runs {
		a, err := w.user.Analysis(t.Context(), id)
		if err != nil || !client.Ended(a.GetState()) {
			n++
		}
	}
	return n
}
