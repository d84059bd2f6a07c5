package worker_test

import (
	"testing"

	"github.com/researcherpro/researcherpro/pkg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
