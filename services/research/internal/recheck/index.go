package recheck

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/outside"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// lookups are the identifiers that an index looks a record up by, the best first,
// with what comes before them in a query.
var lookups = map[string][]lookup{
	"arxiv":    {{samework.ArXiv, "arXiv:"}},
	"crossref": {{samework.DOI, ""}},
	"openalex": {{samework.DOI, ""}},
	"pubmed":   {{samework.PMID, "PMID:"}, {samework.DOI, ""}},
}

type lookup struct{ kind, prefix string }

// few is how many items are asked for: an identifier has one record.
const few = 3

// indexes are those to ask about the source: Crossref and OpenAlex know of notices
// about a DOI, PubMed about a PMID, and those that found what was not fetched may
// say again what they said.
func (v *visit) indexes() []string {
	var names []string
	add := func(name string, wanted bool) {
		if wanted && v.query(name) != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if v.src.Fetch == nil {
		add(v.src.Connector, true)
		for _, m := range v.src.Mentions {
			add(m.Connector, true)
		}
	}
	add("crossref", true)
	add("openalex", true)
	add("pubmed", v.src.Identifiers[samework.PMID] != "")
	return names
}

// query is what an index is asked about the source; "" when there is nothing that it
// knows it by.
func (v *visit) query(index string) string {
	for _, by := range lookups[index] {
		if id := v.src.Identifiers[by.kind]; id != "" {
			return by.prefix + id
		}
	}
	return ""
}

// records are what indexes have about the source now, by their names. One that is
// not configured, does not answer or has nothing is left out.
func (v *visit) records(ctx context.Context) map[string]connector.Item {
	var mu sync.Mutex
	var group sync.WaitGroup
	records := map[string]connector.Item{}
	for _, name := range v.indexes() {
		con, ok := v.Connectors.ByName(name)
		if !ok || con.About().Missing != "" {
			continue
		}
		group.Go(func() {
			item, found, err := v.record(ctx, con)
			if err != nil {
				slog.WarnContext(ctx, "index did not answer about a source", "connector", name, "source_id", v.src.ID, "error", err)
			}
			if found {
				mu.Lock()
				defer mu.Unlock()
				records[name] = item
			}
		})
	}
	group.Wait()
	return records
}

// record is what one index has about the source.
func (v *visit) record(ctx context.Context, con connector.Connector) (item connector.Item, found bool, err error) {
	about := con.About()
	key, err := v.Credentials.Credential(ctx, v.by.WorkspaceID, v.by.UserID, about.Provider)
	if err != nil { // these answer without a key as well
		slog.WarnContext(ctx, "credential cannot be looked up", "provider", about.Provider, "error", err)
	}
	q := connector.Query{WorkspaceID: v.by.WorkspaceID, Text: v.query(about.Name), Limit: few, Credential: key}
	var answer connector.Answer
	err = patiently(ctx, func() error {
		answer, err = con.Search(outside.WithTicket(ctx, v.ticket+"-"+about.Name), q)
		return err
	})
	for _, item := range answer.Items {
		if v.same(item) {
			return item, true, err
		}
	}
	return connector.Item{}, false, err
}

// same reports whether a record is of the source: an identifier that both have is the
// same, the first such in the order of their worth.
func (v *visit) same(item connector.Item) bool {
	for _, kind := range []string{samework.DOI, samework.PMID, samework.ArXiv} {
		if a, b := v.src.Identifiers[kind], item.Identifiers[kind]; a != "" && b != "" {
			return a == b
		}
	}
	return false
}

// notices are those that were known, and those that the records tell of.
func (v *visit) notices(records map[string]connector.Item) []store.Notice {
	out := slices.Clone(v.src.Notices)
	for _, name := range v.indexes() {
		for _, n := range records[name].Notices {
			add(&out, store.Notice{Kind: n.Kind, DOI: n.DOI, Date: n.Date, From: n.From})
		}
	}
	return out
}

// add adds a notice that is not there yet. One of the same kind without a DOI is
// taken for the same: several indexes tell of one retraction.
func add(list *[]store.Notice, n store.Notice) {
	for i, known := range *list {
		if known.Kind != n.Kind || known.DOI != "" && n.DOI != "" && known.DOI != n.DOI {
			continue
		}
		if known.DOI == "" && n.DOI != "" { // the more exact one
			(*list)[i] = n
		}
		return
	}
	*list = append(*list, n)
}
