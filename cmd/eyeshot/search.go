package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("a query is required: eyeshot search --tenant T --user U QUERY")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			response, err := c.runSearch(cmd.Context(), f, strings.Join(args, " "), cmd.Flags().Changed("limit"))
			if err != nil {
				return err
			}
			return c.print(response, renderResults(response))
		},
	}
	f.who.flags(cmd)
	f.remote.flags(cmd)
	cmd.Flags().StringVar(&f.mode, "mode", "", "hybrid, semantic or keyword (default hybrid)")
	cmd.Flags().StringVar(&f.filter, "filter", "", "metadata filter as JSON (docs/api.md)")
	cmd.Flags().IntVar(&f.limit, "limit", 0, "results (default 10, at most 100)")
	return cmd
}

func (c *cli) runSearch(ctx context.Context, f searchFlags, query string, limited bool) (httpapi.SearchResponse, error) {
	if f.remote.used() {
		return f.searchServer(ctx, query, limited)
	}
	request := retriever.Request{Query: query, Mode: retriever.Mode(f.mode)}
	if limited {
		request = request.WithLimit(f.limit)
	}
	expr, err := filters.ParseExpr(json.RawMessage(f.filter))
	if err != nil {
		return httpapi.SearchResponse{}, err
	}
	request.Filter = expr
	return c.searchLocally(ctx, f, request)
}

func (c *cli) searchLocally(ctx context.Context, f searchFlags, request retriever.Request) (httpapi.SearchResponse, error) {
	named, err := f.who.request(0)
	if err != nil {
		return httpapi.SearchResponse{}, err
	}
	principal, err := named.Principal()
	if err != nil {
		return httpapi.SearchResponse{}, err
	}
	cfg, logger, err := c.load()
	if err != nil {
		return httpapi.SearchResponse{}, err
	}
	product, err := app.Open(ctx, cfg, app.Options{Logger: logger, Version: version})
	if err != nil {
		return httpapi.SearchResponse{}, err
	}
	defer product.Close()
	response, err := product.Retriever.Search(ctx, principal, request)
	if errors.Is(err, eyeshot.ErrNotFound) {
		return httpapi.SearchResponse{}, fmt.Errorf("%w: there is no tenant %q in %s; eyeshot ingest makes one", eyeshot.ErrInvalid, principal.Tenant, cfg.DataDir)
	}
	if err != nil {
		return httpapi.SearchResponse{}, err
	}
	return httpapi.NewSearchResponse(response), nil
}

func (f searchFlags) searchServer(ctx context.Context, query string, limited bool) (out httpapi.SearchResponse, err error) {
	body := map[string]any{"query": query}
	if limited {
		body["limit"] = f.limit
	}
	if f.mode != "" {
		body["mode"] = f.mode
	}
	if f.filter != "" {
		if !json.Valid([]byte(f.filter)) {
			return out, eyeshot.Invalid("--filter", f.filter, "is not JSON")
		}
		body["filter"] = json.RawMessage(f.filter)
	}
	return out, f.remote.post(ctx, "/v1/search", body, &out)
}

// renderResults prints an answer for a person.
func renderResults(response httpapi.SearchResponse) string {
	var b strings.Builder
	for i, result := range response.Results {
		fmt.Fprintf(&b, "%2d  %.3f  %s\n    %s\n", i+1, result.Score, result.Object, result.Title)
		fmt.Fprintf(&b, "    %s\n", excerpt(result.Text, 160))
	}
	if len(response.Results) == 0 {
		b.WriteString("nothing that this principal may read matches\n")
	}
	if !response.Complete {
		fmt.Fprintf(&b, "incomplete: %v\n", response.Incomplete)
	}
	fmt.Fprintf(&b, "%.1f ms", response.TookMS)
	return b.String()
}

// excerpt cuts a text to about n characters, on one line.
func excerpt(text string, n int) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) <= n {
		return string(runes)
	}
	return string(runes[:n]) + "…"
}
