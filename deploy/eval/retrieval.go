package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"
)

// collection is a set of documents with queries and judgements.
type collection struct {
	texts   []text
	queries map[string]string
	grades  map[string]map[string]int // query → document → relevance
}

// slack is how far below the reference a ranking may be.
const slack = 0.005

// retrieval measures the ranking of documents on English test collections.
func retrieval(ctx context.Context, e *environment) error {
	for _, set := range []struct {
		name, corpus, queries, qrels string
		published                    float64 // of the reference BM25, in the data's description; 0 where there is none
		best                         string
	}{
		{"SciFact (training queries)", "beir-scifact/corpus.jsonl.gz", "beir-scifact/queries.train-only.jsonl", "beir-scifact/qrels/train.tsv", 0, "SPLADE-v3 0.714, BGE-base 0.741 on the test queries"},
		{"Cranfield", "classic-ir/cranfield/beir/corpus.jsonl.gz", "classic-ir/cranfield/beir/queries.jsonl", "classic-ir/cranfield/beir/qrels/test.tsv", 0.493, "reference BM25 0.493"},
		{"CISI", "classic-ir/cisi/beir/corpus.jsonl.gz", "classic-ir/cisi/beir/queries.jsonl", "classic-ir/cisi/beir/qrels/test.tsv", 0.357, "reference BM25 0.357"},
		{"CACM", "classic-ir/cacm/beir/corpus.jsonl.gz", "classic-ir/cacm/beir/queries.jsonl", "classic-ir/cacm/beir/qrels/test.tsv", 0.477, "reference BM25 0.477"},
		{"ADI", "classic-ir/adi/beir/corpus.jsonl", "classic-ir/adi/beir/queries.jsonl", "classic-ir/adi/beir/qrels/test.tsv", 0.474, "reference BM25 0.474"},
	} {
		paths := []string{e.path(set.corpus), e.path(set.queries), e.path(set.qrels)}
		if slices.Contains(paths, "") {
			continue
		}
		c, err := readCollection(paths[0], paths[1], paths[2])
		if err != nil {
			return err
		}
		value, err := e.rank(ctx, set.name, c)
		if err != nil {
			return err
		}
		floor, compared := set.published, set.best
		if floor == 0 {
			floor = c.ndcg(reference(c.texts).Search)
			compared = fmt.Sprintf("reference BM25 %.3f, computed here; %s", floor, set.best)
		}
		e.table.add(measured{
			Name: "nDCG@10 " + set.name, Value: value, Floor: floor - slack, Best: compared,
			Data: fmt.Sprintf("%s: %d documents uploaded, %d queries searched", set.corpus, len(c.texts), len(c.grades)),
		})
	}
	return nil
}

// rank uploads a collection, asks its queries, and returns the mean nDCG@10.
func (e *environment) rank(ctx context.Context, name string, c collection) (float64, error) {
	s, err := e.shelf(ctx, name)
	if err != nil {
		return 0, err
	}
	if err := s.addTexts(c.texts); err != nil {
		return 0, err
	}
	queries := slices.Sorted(maps.Keys(c.grades))
	found := make([][]string, len(queries))
	var group errgroup.Group
	group.SetLimit(senders)
	for i, q := range queries {
		group.Go(func() (err error) {
			found[i], err = s.search(c.queries[q], cutoff)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return 0, err
	}
	byText := map[string][]string{}
	for i, q := range queries {
		byText[c.queries[q]] = found[i]
	}
	return c.ndcg(func(query string) []string { return byText[query] }), nil
}

// cutoff is how many documents of a ranking count.
const cutoff = 10

// ndcg is the mean normalised discounted cumulative gain of the first ten documents
// (Järvelin and Kekäläinen, 2002), with linear gain as trec_eval has it. Negative
// grades count as nothing.
func (c collection) ndcg(rank func(query string) []string) float64 {
	sum := 0.0
	for query, grades := range c.grades {
		gain := 0.0
		for i, id := range rank(c.queries[query]) {
			gain += float64(max(grades[id], 0)) / math.Log2(float64(i)+2)
		}
		best := slices.Sorted(maps.Values(grades))
		slices.Reverse(best)
		ideal := 0.0
		for i, grade := range best[:min(len(best), cutoff)] {
			ideal += float64(max(grade, 0)) / math.Log2(float64(i)+2)
		}
		if ideal > 0 {
			sum += gain / ideal
		}
	}
	return sum / float64(len(c.grades))
}

// readCollection reads a collection in the form of the BEIR benchmark.
func readCollection(corpus, queries, qrels string) (collection, error) {
	c := collection{queries: map[string]string{}, grades: map[string]map[string]int{}}
	err := lines(corpus, func(t text) { c.texts = append(c.texts, t) })
	if err == nil {
		err = lines(queries, func(t text) { c.queries[t.ID] = t.Text })
	}
	if err != nil {
		return c, err
	}
	judged, err := content(qrels)
	if err != nil {
		return c, err
	}
	rows := csv.NewReader(bytes.NewReader(judged))
	rows.Comma = '\t'
	table, err := rows.ReadAll()
	if err != nil {
		return c, err
	}
	for _, row := range table[1:] {
		grade, err := strconv.Atoi(row[2])
		if err != nil {
			return c, fmt.Errorf("%s: %w", qrels, err)
		}
		if c.grades[row[0]] == nil {
			c.grades[row[0]] = map[string]int{}
		}
		c.grades[row[0]][row[1]] = grade
	}
	return c, nil
}

// content is what a file holds, unpacked if its name says so.
func content(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil || !strings.HasSuffix(path, ".gz") {
		return data, err
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// lines calls each for every line of a file of JSON.
func lines[T any](path string, each func(T)) error {
	data, err := content(path)
	if err != nil {
		return err
	}
	scanner := bufio.NewScanner(bytes.NewReader(data))
	scanner.Buffer(nil, 1<<26)
	for scanner.Scan() {
		var one T
		if err := json.Unmarshal(scanner.Bytes(), &one); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		each(one)
	}
	return scanner.Err()
}
