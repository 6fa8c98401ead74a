package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot/internal/config"
)

func newConfig(c *cli) *cobra.Command {
	var keys bool
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show the configuration that is in force, or every key there is",
		Long: `Shows the configuration that is in force: defaults, then the file of --config,
then the environment. It holds no secrets: those stay in the variables it names.`,
		Example: `  eyeshot config
  eyeshot config --keys
  EYESHOT_HTTP_LISTEN=0.0.0.0:8480 eyeshot config --json`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			if keys {
				return c.print(config.Keys(), keyTable(config.Keys()))
			}
			cfg, _, err := c.load()
			if err != nil {
				return err
			}
			values := config.Values(cfg)
			return c.print(values, valueTable(values))
		},
	}
	cmd.Flags().BoolVar(&keys, "keys", false, "list every key with its default, environment variable and meaning")
	return cmd
}

func keyTable(keys []config.Key) string {
	return table(func(w *tabwriter.Writer) {
		fmt.Fprintln(w, "KEY\tDEFAULT\tENVIRONMENT\tMEANING")
		for _, key := range keys {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", key.Name, key.Default, key.Env, key.Doc)
		}
	})
}

func valueTable(values []config.Value) string {
	return table(func(w *tabwriter.Writer) {
		for _, value := range values {
			fmt.Fprintf(w, "%s\t%s\n", value.Name, value.Value)
		}
	})
}

func table(rows func(*tabwriter.Writer)) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	rows(w)
	w.Flush()
	return strings.TrimRight(b.String(), "\n")
}
