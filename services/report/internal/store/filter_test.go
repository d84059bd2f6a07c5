package store_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/filter"
	"github.com/researcherpro/researcherpro/pkg/filter/filtertest"
	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/store"
	"github.com/researcherpro/researcherpro/services/report/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestFilters_AreFieldsOfTheContractThatTheDatabaseTakes(t *testing.T) {
	t.Parallel()
	rows, workspace := store.New(pgtest.New(t, migrations.FS)), uuid.NewString()
	ctx := t.Context()

	filtertest.Contract(t, store.ReportFilter(), &reportv1.Report{})
	filtertest.Runs(t, store.ReportFilter(), func(w filter.Where) error {
		_, err := rows.ListReports(ctx, workspace, "", page.Query[page.ID]{Limit: 2, Where: w})
		return err
	})
	filtertest.Contract(t, store.TemplateFilter(), &reportv1.Template{})
	filtertest.Runs(t, store.TemplateFilter(), func(w filter.Where) error {
		_, err := rows.ListTemplates(ctx, workspace, page.Query[page.ID]{Limit: 2, Where: w})
		return err
	})
	filtertest.Runs(t, store.TemplateFilter(), func(w filter.Where) error {
		_, err := rows.KeptBuiltins(ctx, workspace, nil, w)
		return err
	})
}

func TestKeptBuiltins_AreFilteredLikeTheWorkspacesOwn(t *testing.T) {
	t.Parallel()
	rows, workspace := store.New(pgtest.New(t, migrations.FS)), uuid.NewString()
	builtins := []store.Template{{ID: "brief", Title: "Brief", Layout: "PAGES"}, {ID: "slides", Title: "Talk", Layout: "SLIDES"}}
	for text, want := range map[string][]string{
		"": {"brief", "slides"}, "built_in = true": {"brief", "slides"}, "built_in = false": {},
		"layout = SLIDES": {"slides"}, "id = brief": {"brief"}, "talk": {"slides"}, "create_time > 2020-01-01": {}, "-create_time:*": {"brief", "slides"},
	} {
		where, err := store.TemplateFilter().Where(text)
		require.NoError(t, err)
		kept, err := rows.KeptBuiltins(t.Context(), workspace, builtins, where)
		require.NoError(t, err)
		require.ElementsMatch(t, want, kept, text)
	}
}
