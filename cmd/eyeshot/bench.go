package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	benchreport "github.com/eyeshot-dev/eyeshot/bench/report"
)

// benchFlags are what all benchmarks take.
type benchFlags struct {
	report string
	seed   uint64
}

func newBench(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure what permissions cost, and prove that they hold",
		Long: `Benchmarks, each with a table of what it measured. They make their own worlds,
deterministic by --seed, in a temporary directory that they remove. What counts are
ratios within one run: a machine that does something else as well shows it in every
latency. docs/benchmarks.md has the method and current figures.`,
		Example: `  eyeshot bench churn
  eyeshot bench index --documents 100000 --report out`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newBenchCalibrate(c), newBenchChurn(c), newBenchRevoke(c), newBenchIndex(c), newBenchFilter(c), newBenchQuality(c), newBenchLoad(c), newBenchGrowth(c), newBenchIngest(c), newBenchScan(c), newBenchGoals(c),
		newBenchCompare(c))
	return cmd
}

func (f *benchFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.report, "report", "", "directory to write the report to: a page with plots, and JSON for eyeshot bench compare")
	cmd.Flags().Uint64Var(&f.seed, "seed", 1, "seed of the world and of all that is drawn")
}

// bench runs a benchmark, completes its report and prints it. A report that
// failed to run is not printed.
func (c *cli) bench(cmd *cobra.Command, f benchFlags, measure func(ctx context.Context) (*benchreport.Report, error)) error {
	began, machine := time.Now(), benchreport.ThisMachine()
	r, err := measure(cmd.Context())
	if err != nil {
		return err
	}
	r.Bench, r.Command, r.Seed = cmd.Name(), commandLine(cmd), f.seed
	r.At, r.Took = began.UTC().Truncate(time.Second), time.Since(began).Round(100*time.Millisecond).String()
	r.Machine, r.Versions = machine, benchreport.ThisProgram(version)
	if err := c.print(r, r.Text()); err != nil {
		return err
	}
	if f.report == "" {
		return nil
	}
	page, err := r.Save(f.report)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.err, "wrote %s\n", page)
	return nil
}

// commandLine is what does the run again: the command with every flag that was
// given.
func commandLine(cmd *cobra.Command) string {
	words := []string{cmd.CommandPath()}
	add := func(name, value string) {
		if strings.ContainsAny(value, " \t'\"$\\") || value == "" {
			value = strconv.Quote(value)
		}
		words = append(words, "--"+name, value)
	}
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		list, isList := flag.Value.(pflag.SliceValue)
		switch {
		case flag.Name == "report" || flag.Name == "json":
		case flag.Value.Type() == "bool": // which takes no word of its own for a value
			words = append(words, "--"+flag.Name+"="+flag.Value.String())
		case isList:
			for _, value := range list.GetSlice() {
				if flag.Value.Type() == "float64Slice" { // it writes 10 as 10.000000
					value = strings.TrimRight(strings.TrimRight(value, "0"), ".")
				}
				add(flag.Name, value)
			}
		default:
			add(flag.Name, flag.Value.String())
		}
	})
	return strings.Join(words, " ")
}
