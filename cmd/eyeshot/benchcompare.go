package main

import (
	"github.com/spf13/cobra"

	benchreport "github.com/eyeshot-dev/eyeshot/bench/report"
)

func newBenchCompare(c *cli) *cobra.Command {
	var anyway bool
	cmd := &cobra.Command{
		Use:   "compare A.json B.json",
		Short: "Hold two runs of a benchmark against each other",
		Long: `Shows what was measured in both runs, and the ratio B/A with its 95% confidence
interval where there are samples. Runs of other worlds, seeds or machines say nothing
about the program and are refused.`,
		Example: `  eyeshot bench compare before/filter.json after/filter.json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("two reports are required, as --report writes them; see %s --help", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			a, err := benchreport.Load(args[0])
			if err != nil {
				return err
			}
			b, err := benchreport.Load(args[1])
			if err != nil {
				return err
			}
			table, err := benchreport.Compare(a, b, anyway)
			if err != nil {
				return err
			}
			return c.print(table, table.Title+"\n"+table.String())
		},
	}
	cmd.Flags().BoolVar(&anyway, "anyway", false, "compare runs of different worlds or machines, and say so")
	return cmd
}
