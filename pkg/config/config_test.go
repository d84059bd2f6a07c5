package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/config"
)

type nested struct {
	Addr string `env:"ADDR" envDefault:":1" doc:"where to listen"`
}

type sample struct {
	nested
	Server nested2
	URL    string        `env:"URL,required" doc:"where the database is" secret:"true"`
	Limit  int           `env:"LIMIT" envDefault:"3" doc:"how many"`
	Wait   time.Duration `env:"WAIT" envDefault:"2s" doc:"how long"`
}

type nested2 struct {
	Debug bool `env:"DEBUG" envDefault:"false" doc:"say more"`
}

func from(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestLoad(t *testing.T) {
	t.Parallel()
	var got sample
	require.NoError(t, config.Load(&got, from(map[string]string{"URL": "u", "LIMIT": "", "DEBUG": "true"})))
	require.Equal(t, 3, got.Limit, "an empty variable counts as absent")
	require.Equal(t, 2*time.Second, got.Wait)
	require.True(t, got.Server.Debug, "nested structs are filled too")
}

func TestLoad_ErrorsNameTheVariableAndWhatItTakes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		vars map[string]string
		want string
	}{
		"missing":      {nil, "URL is not set: where the database is"},
		"not a number": {map[string]string{"URL": "u", "LIMIT": "x"}, "LIMIT is malformed, it takes a whole number: how many"},
		"not a time":   {map[string]string{"URL": "u", "WAIT": "2"}, "WAIT is malformed, it takes a duration such as 30s: how long"},
		"not a truth":  {map[string]string{"URL": "u", "DEBUG": "9"}, "DEBUG is malformed, it takes true or false: say more"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var cfg sample
			require.EqualError(t, config.Load(&cfg, from(tc.vars)), tc.want)
		})
	}
}

func TestTable_ListsEveryVariable(t *testing.T) {
	t.Parallel()
	got := config.Table(&sample{})
	for _, want := range []string{"ADDR", "DEBUG", "(required)", "where the database is", "WAIT"} {
		require.Contains(t, got, want)
	}
}
