// Command schema prints the table that src/manifest/schema reads: list keys, sets, atomics,
// defaults, quantities, bytes, and which zero values the server leaves out.
//
// The OpenAPI documents (one file per group version, as `kubectl get --raw` gives them) are in the
// directory of the first argument; the defaults that only Go code knows are in the second
// argument. Whether a zero is left out is in neither, so it is read off the Go types. See
// README.md beside this file for the command.
package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

const quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity"

type property struct {
	Ref        string          `json:"$ref"`
	AllOf      []property      `json:"allOf"`
	Type       string          `json:"type"`
	Format     string          `json:"format"`
	Items      *property       `json:"items"`
	Values     *property       `json:"additionalProperties"`
	Default    json.RawMessage `json:"default"`
	ListType   string          `json:"x-kubernetes-list-type"`
	ListKeys   []string        `json:"x-kubernetes-list-map-keys"`
	MapType    string          `json:"x-kubernetes-map-type"`
	Properties map[string]property
	Kinds      []struct{ Group, Version, Kind string } `json:"x-kubernetes-group-version-kind"`
}

// flag is written as 1.
type flag bool

func (f flag) MarshalJSON() ([]byte, error) { return []byte("1"), nil }

// node is one field as the table has it; README.md says what the letters mean.
type node struct {
	Type     string          `json:"t,omitempty"`
	Keys     []string        `json:"k,omitempty"`
	Set      flag            `json:"s,omitempty"`
	Atomic   flag            `json:"a,omitempty"`
	Quantity flag            `json:"q,omitempty"`
	Bytes    flag            `json:"b,omitempty"`
	Zero     flag            `json:"z,omitempty"`
	Map      flag            `json:"m,omitempty"`
	Default  json.RawMessage `json:"d,omitempty"`
}

type table struct {
	Kinds map[string]string
	Types map[string]map[string]node
}

type document struct {
	Components struct{ Schemas map[string]property }
	Paths      map[string]struct {
		Get struct {
			Kind struct{ Group, Version, Kind string } `json:"x-kubernetes-group-version-kind"`
		}
	}
}

type generator struct {
	schemas    map[string]property
	namespaced map[string]bool
	zeros      map[string]map[string]bool
	extra      map[string]map[string]json.RawMessage
	out        table
}

func main() {
	g := generator{schemas: map[string]property{}, namespaced: map[string]bool{}, zeros: droppedZeros()}
	g.readDocuments(os.Args[1])
	g.out = table{Kinds: map[string]string{}, Types: map[string]map[string]node{}}
	must(json.Unmarshal(read(os.Args[2]), &g.extra))
	for _, name := range slices.Sorted(maps.Keys(g.schemas)) {
		s := g.schemas[name]
		_, isObject := s.Properties["metadata"]
		if len(s.Kinds) != 1 || !isObject || strings.HasSuffix(name, "List") {
			continue
		}
		g.out.Kinds[kindName(s.Kinds[0])] = g.visit(name)
	}
	for name := range g.extra {
		if _, ok := g.out.Types[name]; !ok {
			must(fmt.Errorf("extra defaults for the unknown type %s", name))
		}
	}
	g.print()
}

func (g *generator) print() {
	kinds, err := json.Marshal(g.out.Kinds)
	must(err)
	namespaced, err := json.Marshal(slices.Sorted(maps.Keys(g.namespaced)))
	must(err)
	fmt.Printf("{\"namespaced\":%s,\n\"kinds\":%s,\n\"types\":{", namespaced, kinds)
	for at, name := range slices.Sorted(maps.Keys(g.out.Types)) {
		body, err := json.Marshal(g.out.Types[name])
		must(err)
		fmt.Printf("%s\n%q:%s", strings.Repeat(",", min(at, 1)), name, body)
	}
	fmt.Println("}}")
}

// visit adds a type and all below it, and returns its short name.
func (g *generator) visit(name string) string {
	short := shorten(name)
	if _, done := g.out.Types[short]; done {
		return short
	}
	fields := map[string]node{}
	g.out.Types[short] = fields
	for field, p := range g.schemas[name].Properties {
		if field == "status" {
			p = property{}
		}
		n := g.node(p)
		n.Zero = flag(g.zeros[name][field])
		if n.Default == nil && g.extra[short][field] != nil {
			n.Default = g.extra[short][field]
		}
		if !reflect.DeepEqual(n, node{}) {
			fields[field] = n
		}
	}
	return short
}

func (g *generator) node(p property) node {
	n := node{Set: p.ListType == "set", Keys: p.ListKeys, Atomic: p.MapType == "atomic", Default: p.Default}
	if d := string(p.Default); d == `""` || d == "0" || d == "false" {
		n.Default = nil
	}
	n.Bytes = p.Format == "byte"
	if p.Items != nil {
		n.Type = g.node(*p.Items).Type
	}
	if p.Values != nil {
		v := g.node(*p.Values)
		n.Type, n.Quantity, n.Bytes, n.Map = v.Type, v.Quantity, v.Bytes, true
	}
	ref := p.Ref
	if len(p.AllOf) == 1 {
		ref = p.AllOf[0].Ref
	}
	name := strings.TrimPrefix(ref, "#/components/schemas/")
	switch s := g.schemas[name]; {
	case name == quantity:
		n.Quantity = true
	case s.Properties != nil && !strings.HasSuffix(name, "JSONSchemaProps"):
		n.Type = g.visit(name)
		n.Atomic = n.Atomic || s.MapType == "atomic"
	}
	return n
}

func (g *generator) readDocuments(dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	must(err)
	for _, file := range files {
		var doc document
		must(json.Unmarshal(read(file), &doc))
		maps.Copy(g.schemas, doc.Components.Schemas)
		for path, item := range doc.Paths {
			if _, rest, ok := strings.Cut(path, "/namespaces/{namespace}/"); ok && !strings.Contains(rest, "/") && item.Get.Kind.Kind != "" {
				g.namespaced[kindName(item.Get.Kind)] = true
			}
		}
	}
}

func kindName(k struct{ Group, Version, Kind string }) string {
	return strings.TrimPrefix(k.Group+"/"+k.Version+"/"+k.Kind, "/")
}

// droppedZeros says for each type which fields are not written when they are zero.
func droppedZeros() map[string]map[string]bool {
	must(apiextensions.AddToScheme(scheme.Scheme))
	must(apiregistration.AddToScheme(scheme.Scheme))
	found := map[string]map[string]bool{}
	for _, t := range scheme.Scheme.AllKnownTypes() {
		walk(t, found)
	}
	return found
}

func walk(t reflect.Type, found map[string]map[string]bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	name := openAPIName(t)
	if t.Kind() != reflect.Struct || found[name] != nil || name == quantity {
		return
	}
	found[name] = map[string]bool{}
	addFields(t, found[name], found)
}

func addFields(t reflect.Type, fields map[string]bool, found map[string]map[string]bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if tag == "" && f.Anonymous {
			inner := f.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			addFields(inner, fields, found)
			continue
		}
		walk(f.Type, found)
		kind := f.Type.Kind()
		dropped := strings.Contains(options, "omitempty") && kind != reflect.Pointer && kind != reflect.Struct
		if dropped || strings.Contains(options, "omitzero") && kind != reflect.Pointer {
			fields[tag] = true
		}
	}
}

// openAPIName is `io.k8s.api.core.v1.Pod` for k8s.io/api/core/v1.Pod.
func openAPIName(t reflect.Type) string {
	host, path, _ := strings.Cut(t.PkgPath(), "/")
	parts := strings.Split(host, ".")
	slices.Reverse(parts)
	return strings.Join(parts, ".") + "." + strings.ReplaceAll(path, "/", ".") + "." + t.Name()
}

// shorten keeps group, version and name; the core group's are the bare name.
func shorten(name string) string {
	parts := strings.Split(name, ".")
	tail := strings.Join(parts[len(parts)-3:], ".")
	return strings.TrimPrefix(strings.TrimPrefix(tail, "core.v1."), "meta.v1.")
}

func read(file string) []byte {
	data, err := os.ReadFile(file)
	must(err)
	return data
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "schema:", err)
		os.Exit(1)
	}
}
