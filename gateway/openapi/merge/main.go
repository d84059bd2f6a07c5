// Command merge writes the OpenAPI document of the public API: the documents
// that were generated from the protos, joined, with what the edge adds by hand
// applied on top.
//
//	go run ./gateway/openapi/merge gateway/openapi
//
// reads gen/researcherpro/*/v1/*.openapi.json and edge.openapi.json under the
// given folder and writes gen/openapi.json there.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "merge:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("give the folder that holds edge.openapi.json")
	}
	body, err := document(args[0])
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(args[0], "gen", "openapi.json"), body, 0o644) //nolint:gosec // it is public
}

// document returns the merged document of a folder.
func document(dir string) ([]byte, error) {
	// Glob sorts, so the result does not depend on the file system.
	files, err := filepath.Glob(filepath.Join(dir, "gen", "researcherpro", "*", "v1", "*.openapi.json"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no generated documents under %s", dir)
	}
	merged := object{}
	for _, file := range files {
		doc, err := read(file)
		if err != nil {
			return nil, err
		}
		if err := join(merged, doc); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	if err := secure(merged); err != nil {
		return nil, err
	}
	edge, err := read(filepath.Join(dir, "edge.openapi.json"))
	if err != nil {
		return nil, err
	}
	if err := apply(merged, edge); err != nil {
		return nil, err
	}
	words, err := read(filepath.Join(dir, "examples.json"))
	if err != nil {
		return nil, err
	}
	if err := complete(merged, words); err != nil {
		return nil, err
	}
	return encode(merged)
}

// complete adds what clients are generated from: what answers always hold, the
// limits of what is sent, the errors, and examples.
func complete(doc, words object) error {
	if err := plainPaths(doc); err != nil {
		return err
	}
	partsByRange(doc)
	c := contractOf()
	received, sent := split(doc)
	c.require(doc, received)
	for name := range received { // those are described by what they hold
		delete(sent, name)
	}
	c.limit(doc, sent)
	c.answer(doc)
	describeFailures(doc, child(words, "failures"))
	e := examples{schemas: child(child(doc, "components"), "schemas"), words: child(words, "fields"), requests: child(words, "requests")}
	return e.illustrate(c.operations(doc))
}
