package main

import (
	"context"
	"encoding/json"
	"fmt"
)

// languages measures the ranking in languages other than English: the questions of
// XQuAD, whose answer lies in one known passage out of 240.
func languages(ctx context.Context, e *environment) error {
	for _, lang := range []struct {
		code  string
		floor float64
		best  string
	}{
		{"en", noFloor, "reference BM25 0.964"},
		{"de", 0.90, "reference BM25 0.927"},
		{"es", 0.90, ""},
		{"ru", 0.90, ""},
		{"zh", 0.80, ""},
		{"ar", 0.80, ""},
	} {
		path := e.path("xquad", "xquad."+lang.code+".json.gz")
		if path == "" {
			continue
		}
		c, err := readXQuAD(path)
		if err != nil {
			return err
		}
		value, err := e.rank(ctx, "XQuAD "+lang.code, c)
		if err != nil {
			return err
		}
		e.table.add(measured{
			Name: "nDCG@10 XQuAD " + lang.code, Value: value, Floor: lang.floor, Best: lang.best,
			Data: fmt.Sprintf("xquad: %d passages, %d questions", len(c.texts), len(c.grades)),
		})
	}
	return nil
}

// readXQuAD reads the passages of one language as documents without a title.
func readXQuAD(path string) (collection, error) {
	c := collection{queries: map[string]string{}, grades: map[string]map[string]int{}}
	raw, err := content(path)
	if err != nil {
		return c, err
	}
	var data struct {
		Data []struct {
			Paragraphs []struct {
				Context string
				Qas     []struct{ ID, Question string }
			}
		}
	}
	if err := json.Unmarshal(raw, &data); err != nil {
		return c, err
	}
	for a, article := range data.Data {
		for p, paragraph := range article.Paragraphs {
			id := fmt.Sprintf("%d-%d", a, p)
			c.texts = append(c.texts, text{ID: id, Text: paragraph.Context})
			for _, qa := range paragraph.Qas {
				c.queries[qa.ID], c.grades[qa.ID] = qa.Question, map[string]int{id: 1}
			}
		}
	}
	return c, nil
}
