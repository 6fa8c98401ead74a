package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

// searchFlags is what a search takes on the command line.
type searchFlags struct {
	who
	remote
	mode, filter string
	limit        int
	limited      bool // --limit was given
}

func newSearch(c *cli) *cobra.Command {
	var f searchFlags
	cmd := &cobra.Command{
		Use:   "search QUERY",
		Short: "Search as a user, or as an agent for one",
		Long: `Searches the data directory as the principal that the flags name, or a running
server with --server, as the principal of the token. What comes back is what that
principal may read at this moment.`,
		Example: `  eyeshot search --tenant acme --user alice "refund fails after partial capture"
  eyeshot search --tenant acme --user alice --actor claude --limit 3 --json "refund"
  EYESHOT_TOKEN=$(eyeshot token --tenant acme --user alice) \
    eyeshot search --server http://127.0.0.1:8480 --filter '{"type":"eq","key":"project","value":"PAY"}' refund`,
		Args: needsArg(1<<16, "what to search for is missing"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.limited = cmd.Flags().Changed("limit")
			response, err := c.runSearch(cmd, f, strings.Join(args, " "))
			if err != nil {
				return err
			}
			return c.print(response, c.renderResults(response))
		},
	}
	f.who.flags(cmd)
	f.remote.flags(cmd)
	cmd.Flags().StringVar(&f.mode, "mode", "", "hybrid, semantic or keyword (default hybrid)")
	cmd.Flags().StringVar(&f.filter, "filter", "", "metadata filter as JSON (docs/api.md)")
	cmd.Flags().IntVar(&f.limit, "limit", 0, "results (default 10, at most 100)")
	return cmd
}

func (c *cli) runSearch(cmd *cobra.Command, f searchFlags, query string) (httpapi.SearchResponse, error) {
	if f.filter != "" && !json.Valid([]byte(f.filter)) {
		return httpapi.SearchResponse{}, eyeshot.Invalid("--filter", f.filter, `must be JSON, such as {"type":"eq","key":"project","value":"PAY"}`)
	}
	if f.remote.used() {
		if err := apart(cmd, "the principal is that of the token", "tenant", "user", "service-account", "actor", "task"); err != nil {
			return httpapi.SearchResponse{}, err
		}
		return c.searchServer(cmd.Context(), f, query)
	}
	return c.searchLocally(cmd.Context(), f, query)
}

func (c *cli) searchServer(ctx context.Context, f searchFlags, query string) (out httpapi.SearchResponse, err error) {
	server, err := f.remote.connect(c.environ)
	if err != nil {
		return out, err
	}
	body := map[string]any{"query": query}
	if f.limited {
		body["limit"] = f.limit
	}
	if f.mode != "" {
		body["mode"] = f.mode
	}
	if f.filter != "" {
		body["filter"] = json.RawMessage(f.filter)
	}
	return out, server.post(ctx, "/v1/search", body, &out)
}

func (c *cli) searchLocally(ctx context.Context, f searchFlags, query string) (out httpapi.SearchResponse, err error) {
	request, err := f.request(query)
	if err != nil {
		return out, err
	}
	named, err := f.who.request(0)
	if err != nil {
		return out, err
	}
	principal, err := named.Principal()
	if err != nil {
		return out, err
	}
	cfg, logger, err := c.load()
	if err != nil {
		return out, err
	}
	if err := hasData(cfg.DataDir); err != nil {
		return out, err
	}
	product, err := app.Open(ctx, cfg, app.Options{Logger: logger, Version: version})
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, product.Close()) }()
	response, err := product.Retriever.Search(ctx, principal, request)
	if errors.Is(err, eyeshot.ErrNotFound) {
		return out, fmt.Errorf("%w: there is no tenant %q in %s; eyeshot ingest makes one", eyeshot.ErrInvalid, principal.Tenant, cfg.DataDir)
	}
	if err != nil {
		return out, unreachable(cfg, err)
	}
	return httpapi.NewSearchResponse(response), nil
}

// request is what the flags ask of a retriever.
func (f searchFlags) request(query string) (retriever.Request, error) {
	request := retriever.Request{Query: query, Mode: retriever.Mode(f.mode)}
	if f.limited {
		request = request.WithLimit(f.limit)
	}
	expr, err := filters.ParseExpr(json.RawMessage(f.filter))
	request.Filter = expr
	return request, err
}

// hasData keeps a search from making a data directory where there is none,
// only to find nothing in it.
func hasData(dir string) error {
	_, err := os.Stat(filepath.Join(dir, "VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return eyeshot.Invalid("--data-dir", dir, "holds no data: eyeshot ingest brings some in, and --server searches a running server")
	}
	return err
}

// renderResults prints an answer for a person.
func (c *cli) renderResults(response httpapi.SearchResponse) string {
	var b strings.Builder
	width := max(terminalWidth(c.out), 40)
	for i, result := range response.Results {
		fmt.Fprintf(&b, "%2d  %.3f  %s\n", i+1, result.Score, result.Title)
		place := string(result.Object)
		if _, inside, ok := strings.Cut(result.Heading, " › "); ok { // the first part is the title
			place += " › " + inside
		}
		fmt.Fprintf(&b, "           %s\n           %s\n", excerpt(place, width-11), excerpt(result.Text, width-11))
	}
	if len(response.Results) == 0 {
		b.WriteString("nothing that this principal may read matches\n")
	}
	if !response.Complete {
		fmt.Fprintf(&b, "incomplete: %v (see docs/retrieval.md)\n", response.Incomplete)
	}
	fmt.Fprintf(&b, "%s in %.1f ms", count(len(response.Results), "passage"), response.TookMS)
	return b.String()
}

// count says how many there are of something.
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// excerpt cuts a text to n characters, on one line.
func excerpt(text string, n int) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) <= n {
		return string(runes)
	}
	return strings.TrimRight(string(runes[:n-1]), " ") + "…"
}
