// Helm's own engine, measured: CPU seconds of one render and of one parse, per chart.
//
//	go run . CHART...
//
// A chart is loaded once and its values are coalesced once. `render` is engine.Render as Helm
// calls it, which parses all templates each time; `parse` is that part alone, with the same
// functions by name. Prints `CHART STEP MINIMUM MEDIAN` in seconds; the CPU time is the
// process's, its garbage collector included.
package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"syscall"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
)

// How often a step is sampled, and how much CPU time a sample takes at least.
const (
	samples = 9
	sample  = 150 * time.Millisecond
)

func main() {
	for _, directory := range os.Args[1:] {
		if err := measure(directory); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", directory, err)
			os.Exit(1)
		}
	}
}

func measure(directory string) error {
	c, err := loader.Load(directory)
	if err != nil {
		return err
	}
	values := map[string]any{}
	if err := chartutil.ProcessDependenciesWithMerge(c, values); err != nil {
		return err
	}
	options := chartutil.ReleaseOptions{Name: "rel", Namespace: "default", Revision: 1, IsInstall: true}
	scope, err := chartutil.ToRenderValues(c, values, options, nil)
	if err != nil {
		return err
	}
	render := func() error {
		_, err := engine.Render(c, scope)
		return err
	}
	sources := map[string]string{}
	gather(c, c.Name(), sources)
	name := filepath.Base(directory)
	if err := report(name, "render", render); err != nil {
		return err
	}
	return report(name, "parse", func() error { return parse(sources) })
}

// gather names the templates of a chart and its children as the engine does.
func gather(c *chart.Chart, at string, into map[string]string) {
	for _, child := range c.Dependencies() {
		gather(child, path.Join(at, "charts", child.Name()), into)
	}
	for _, file := range c.Templates {
		if file != nil {
			into[path.Join(at, file.Name)] = string(file.Data)
		}
	}
}

func parse(sources map[string]string) error {
	set := template.New("gotpl")
	set.Funcs(functions())
	for name, text := range sources {
		if _, err := set.New(name).Parse(text); err != nil {
			return err
		}
	}
	return nil
}

// functions are sprig's, and Helm's by name: a parser only asks whether they are there.
func functions() template.FuncMap {
	all := sprig.TxtFuncMap()
	for _, name := range []string{
		"include", "tpl", "required", "lookup", "toYaml", "mustToYaml", "toYamlPretty", "fromYaml",
		"fromYamlArray", "toJson", "mustToJson", "fromJson", "fromJsonArray", "toToml", "fromToml",
		"mustToToml", "mustToDuration", "durationRoundTo",
	} {
		all[name] = func() string { return "" }
	}
	return all
}

func report(chart, step string, run func() error) error {
	if err := run(); err != nil { // warm
		return err
	}
	times := make([]float64, 0, samples)
	for range samples {
		start, count := cpu(), 0
		for cpu()-start < sample {
			if err := run(); err != nil {
				return err
			}
			count++
		}
		times = append(times, (cpu() - start).Seconds()/float64(count))
	}
	slices.Sort(times)
	_, err := fmt.Printf("%s %s %.9f %.9f\n", chart, step, times[0], times[samples/2])
	return err
}

// cpu is the user and system time of this process.
func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
