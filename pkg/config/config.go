// Package config reads a service's configuration from the environment into a
// struct, and prints the table of what it takes.
//
// A field has the tags of github.com/caarlos0/env (env, envDefault), and a tag
// doc that says what the variable does. A field that holds a secret is tagged
// secret:"true"; its value is never printed.
package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/caarlos0/env/v11"
)

// Load fills cfg, a pointer to a struct, from lookup. An error is one line
// that names the variable and says what it takes.
func Load(cfg any, lookup func(string) string) error {
	fields, err := env.GetFieldParams(cfg)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	set := make(map[string]string, len(fields))
	for _, f := range fields {
		// An empty variable counts as absent: compose files and manifests often
		// pass variables on that nobody set.
		if value := lookup(f.Key); value != "" {
			set[f.Key] = value
		}
	}
	docs := describe(reflect.TypeOf(cfg).Elem())
	err = env.ParseWithOptions(cfg, env.Options{Environment: set})
	if err == nil {
		return nil
	}
	return explain(err, docs)
}

// Table returns what cfg, a pointer to a struct, takes: one line a variable
// with its default and what it does.
func Table(cfg any) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, v := range Variables(cfg) {
		def := v.Default
		if v.Required {
			def = "(required)"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", v.Name, def, v.Doc)
	}
	// A tabwriter over a strings.Builder cannot fail.
	_ = w.Flush()
	return b.String()
}

// Variable is one environment variable that a program takes.
type Variable struct {
	Name     string
	Default  string
	Doc      string
	Required bool
	Secret   bool

	field string // the Go field, as the parser names it in its errors
}

// Variables returns the variables that cfg, a pointer to a struct, takes. One that
// several parts of a program take is there once, as the first part describes it.
func Variables(cfg any) []Variable {
	seen := map[string]bool{}
	return slices.DeleteFunc(describe(reflect.TypeOf(cfg).Elem()), func(v Variable) bool {
		before := seen[v.Name]
		seen[v.Name] = true
		return before
	})
}

func describe(t reflect.Type) []Variable {
	var out []Variable
	for field := range t.Fields() {
		if field.Type.Kind() == reflect.Struct && field.Tag.Get("env") == "" {
			out = append(out, describe(field.Type)...)
			continue
		}
		name, options, _ := strings.Cut(field.Tag.Get("env"), ",")
		if name == "" {
			continue
		}
		out = append(out, Variable{
			Name:     name,
			Default:  field.Tag.Get("envDefault"),
			Doc:      field.Tag.Get("doc"),
			Required: strings.Contains(options, "required") || strings.Contains(options, "notEmpty"),
			Secret:   field.Tag.Get("secret") == "true",
			field:    field.Name,
		})
	}
	return out
}

// explain names the variable behind the parser's error, which names the Go
// field. The offending value is left out: it may be a secret.
func explain(err error, vars []Variable) error {
	all, ok := errors.AsType[env.AggregateError](err)
	if !ok || len(all.Errors) == 0 {
		return fmt.Errorf("read configuration: %w", err)
	}
	var lines []string
	for _, one := range all.Errors {
		lines = append(lines, explainOne(one, vars))
	}
	return errors.New(strings.Join(lines, "; "))
}

func explainOne(err error, vars []Variable) string {
	if missing, ok := errors.AsType[env.VarIsNotSetError](err); ok {
		return missing.Key + " is not set: " + docOf(missing.Key, vars)
	}
	if empty, ok := errors.AsType[env.EmptyVarError](err); ok {
		return empty.Key + " is empty: " + docOf(empty.Key, vars)
	}
	if parse, ok := errors.AsType[env.ParseError](err); ok {
		for _, v := range vars {
			if v.field == parse.Name {
				return fmt.Sprintf("%s is malformed, it takes %s: %s", v.Name, takes(parse.Type), v.Doc)
			}
		}
	}
	return err.Error()
}

func docOf(name string, vars []Variable) string {
	for _, v := range vars {
		if v.Name == name {
			return v.Doc
		}
	}
	return ""
}

// takes says in words what a value of the type looks like.
func takes(t reflect.Type) string {
	if t.String() == "time.Duration" {
		return "a duration such as 30s"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int32, reflect.Int64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	default:
		return "a " + t.String()
	}
}
