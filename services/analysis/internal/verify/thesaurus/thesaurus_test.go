package thesaurus_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify/thesaurus"
)

func stem(word string) string { return lexical.Stem(word, "en") }

func TestGroups_SynonymsShareOne(t *testing.T) {
	t.Parallel()
	shared := func(a, b string) bool {
		for _, g := range thesaurus.Groups(stem(a)) {
			for _, h := range thesaurus.Groups(stem(b)) {
				if g == h {
					return true
				}
			}
		}
		return false
	}
	require.True(t, shared("reduced", "lowering"))
	require.True(t, shared("doctors", "physician"))
	require.False(t, shared("increase", "decrease"))
	require.Empty(t, thesaurus.Groups("baikal"))
}

func TestOpposites_GoBothWays(t *testing.T) {
	t.Parallel()
	require.Contains(t, thesaurus.Opposites(stem("increases")), stem("reduce"))
	require.Contains(t, thesaurus.Opposites(stem("reduce")), stem("increased"))
	require.Empty(t, thesaurus.Opposites("baikal"))
}

func TestBase_IrregularFormsMeetInEnglishOnly(t *testing.T) {
	t.Parallel()
	require.Equal(t, thesaurus.Base(stem("sing"), "en"), thesaurus.Base(stem("sang"), "en"))
	require.Equal(t, thesaurus.Base(stem("child"), "en"), thesaurus.Base(stem("children"), "en"))
	require.Equal(t, "sang", thesaurus.Base("sang", "fr"), "blood, in French")
}

func TestWeight_WhatSaysLittleWeighsLittle(t *testing.T) {
	t.Parallel()
	filler, light, heavy := thesaurus.Weight(stem("furthermore")), thesaurus.Weight(stem("people")), thesaurus.Weight("baikal")
	require.Less(t, filler, light)
	require.Less(t, light, heavy)
}

func TestCues(t *testing.T) {
	t.Parallel()
	require.True(t, thesaurus.Aim(stem("aimed")))
	require.True(t, thesaurus.Result(stem("significantly")))
	require.False(t, thesaurus.Aim("baikal") || thesaurus.Result("baikal"))
}

// A word and its opposite must not be taken for the same.
func TestOpposites_AreNoSynonyms(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"increase", "higher", "improve", "promote", "cause", "before", "begin", "birth", "good", "old", "buy", "many"} {
		for _, opposite := range thesaurus.Opposites(stem(word)) {
			for _, g := range thesaurus.Groups(stem(word)) {
				require.NotContains(t, thesaurus.Groups(opposite), g, "%s and %s", word, opposite)
			}
		}
	}
}
