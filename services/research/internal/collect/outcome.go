package collect

import (
	"cmp"
	"slices"

	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// The states of a connector in a research, as in the contract.
const (
	StateAsked          = "ASKED"
	StateAnswered       = "ANSWERED"
	StateAnsweredPartly = "ANSWERED_PARTLY"
	StateFailed         = "FAILED"
	StateSkipped        = "SKIPPED"
)

// Outcome is what became of a connector in a research.
type Outcome struct {
	Connector string
	State     string
	Reason    string // why it failed or was skipped
	Notes     []string
	Requests  int
	Answered  int
	Found     int
}

// Outcomes sums up the asks of one research, by connector in the order of names.
func Outcomes(asks []store.Ask) []Outcome {
	byName := map[string][]store.Ask{}
	var names []string
	for _, a := range asks {
		if byName[a.Connector] == nil {
			names = append(names, a.Connector)
		}
		byName[a.Connector] = append(byName[a.Connector], a)
	}
	slices.Sort(names)
	out := make([]Outcome, len(names))
	for i, name := range names {
		out[i] = outcome(name, byName[name])
	}
	return out
}

func outcome(name string, asks []store.Ask) Outcome {
	o := Outcome{Connector: name}
	count, reasons := map[string]int{}, map[string]string{}
	for _, a := range asks {
		count[a.State]++
		o.Found += int(a.Found)
		reasons[a.State] = cmp.Or(reasons[a.State], a.Reason)
		for _, note := range a.Notes {
			if !slices.Contains(o.Notes, note) {
				o.Notes = append(o.Notes, note)
			}
		}
	}
	o.Answered = count[store.AskAnswered]
	o.Requests = len(asks) - count[store.AskSkipped]
	switch {
	case count[store.AskWaiting] > 0:
		o.State = StateAsked
	case count[store.AskFailed] > 0 && o.Answered > 0:
		o.State = StateAnsweredPartly
	case count[store.AskFailed] > 0:
		o.State = StateFailed
	case o.Answered > 0:
		o.State = StateAnswered
	default:
		o.State = StateSkipped
	}
	switch o.State {
	case StateFailed, StateAnsweredPartly:
		o.Reason = reasons[store.AskFailed]
	case StateSkipped: // if it was asked in another round, that counts
		o.Reason = reasons[store.AskSkipped]
	}
	return o
}
