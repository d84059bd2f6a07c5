package worker

import "github.com/researcherpro/researcherpro/services/research/internal/store"

// NewReindexBy is NewReindex with another size of the slices.
func NewReindexBy(s *store.Store, slice int) *Reindex { return &Reindex{store: s, slice: slice} }
