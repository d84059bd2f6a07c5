package embed_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/redistest"
	"github.com/researcherpro/researcherpro/pkg/redisx"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/embed"
)

func TestRedisCache_NothingIsPaidTwice(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	cache := embed.NewRedisCache(redistest.New(t))
	first, err := newEmbedder(t, s, nil, cache).Similarities(t.Context(), account, "coffee sleep", []string{"coffee", "tea"})
	require.NoError(t, err)
	// Another replica, another account.
	second, err := newEmbedder(t, s, nil, cache).Similarities(t.Context(), connector.Account{}, "coffee sleep", []string{"tea", "cocoa", "coffee"})
	require.NoError(t, err)
	require.Equal(t, []string{"cocoa", "coffee", "coffee sleep", "tea"}, s.asked(), "each text was sent once")
	require.InDelta(t, first[0], second[2], 1e-9)
	require.InDelta(t, first[1], second[0], 1e-9)
}

func TestRedisCache_AnotherModelHasVectorsOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	cache := embed.NewRedisCache(redistest.New(t))
	for _, change := range []func(*embed.Config){
		nil,
		func(cfg *embed.Config) { cfg.Model = "other" },
		func(cfg *embed.Config) { cfg.BaseURL += "/" },
	} {
		before := len(s.asked())
		_, err := newEmbedder(t, s, change, cache).Similarities(t.Context(), account, "coffee", []string{"tea"})
		require.NoError(t, err)
		require.Len(t, s.asked(), before+2)
	}
}

func TestRedisCache_AFailureKeepsWhatCameBefore(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	cache := embed.NewRedisCache(redistest.New(t))
	e := newEmbedder(t, s, nil, cache)
	_, err := e.Similarities(t.Context(), account, "coffee", []string{"tea"})
	require.NoError(t, err)
	s.script = append(s.script, says(503, ""))
	_, err = e.Similarities(t.Context(), account, "coffee", []string{"tea", "cocoa"})
	require.Error(t, err)
	_, err = e.Similarities(t.Context(), account, "coffee", []string{"tea", "cocoa"})
	require.NoError(t, err)
	require.Equal(t, []string{"cocoa", "cocoa", "coffee", "tea"}, s.asked())
}

// TestRedisCache_AModelThatWasExchanged holds that vectors of the model that had
// the name before do no harm.
func TestRedisCache_AModelThatWasExchanged(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	e := newEmbedder(t, s, nil, embed.NewRedisCache(redistest.New(t)))
	_, err := e.Similarities(t.Context(), account, "coffee", []string{"tea"})
	require.NoError(t, err)
	s.size = 64
	got, err := e.Similarities(t.Context(), account, "coffee", []string{"tea", "coffee"})
	require.NoError(t, err)
	require.InDelta(t, 1, got[1], 1e-6)
	_, err = e.Similarities(t.Context(), account, "coffee", []string{"tea"})
	require.NoError(t, err, "the old ones are gone")
}

func TestRedisCache_WhatIsNoVectorIsAskedForAgain(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	client := redistest.New(t)
	e := newEmbedder(t, s, nil, embed.NewRedisCache(client))
	_, err := e.Similarities(t.Context(), account, "coffee", []string{"tea"})
	require.NoError(t, err)
	keys, err := client.Keys(t.Context(), "*").Result()
	require.NoError(t, err)
	require.Len(t, keys, 2)
	for _, spoilt := range []string{"", "abc", "\x00\x00\x00\x00", "\xff\xff\xff\xff"} {
		before := len(s.asked())
		for _, key := range keys {
			require.NoError(t, client.Set(t.Context(), key, spoilt, time.Hour).Err())
		}
		_, err = e.Similarities(t.Context(), account, "coffee", []string{"tea"})
		require.NoError(t, err)
		require.Len(t, s.asked(), before+2)
	}
}

func TestRedisCache_ForgetsAfterAWeek(t *testing.T) {
	t.Parallel()
	clock := redistest.NewClock(t)
	client, err := redisx.Open(t.Context(), clock.URL())
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	s := newServer(t)
	e := newEmbedder(t, s, nil, embed.NewRedisCache(client))
	for _, pause := range []time.Duration{0, 6 * 24 * time.Hour, 2 * 24 * time.Hour} {
		clock.Advance(pause)
		_, err = e.Similarities(t.Context(), account, "coffee", []string{"tea"})
		require.NoError(t, err)
	}
	require.Equal(t, []string{"coffee", "coffee", "tea", "tea"}, s.asked())
}

func TestSimilarities_WithoutItsCache(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	got, err := newEmbedder(t, s, nil, broken{}).Similarities(t.Context(), account, "coffee", []string{"coffee"})
	require.NoError(t, err)
	require.InDelta(t, 1, got[0], 1e-6)
}
