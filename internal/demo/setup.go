package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/demo/corpus"
)

// setUp writes who is who, and then brings in documents with their
// relationships, for both companies.
func (d *Demo) setUp(ctx context.Context, story corpus.Story) error {
	d.begin("Eyeshot: search that only sees what its user may see")
	for _, tenant := range []*corpus.Tenant{d.corpus.Tenant(story.Tenant), d.corpus.Tenant(story.Other.Principal.Tenant)} {
		if err := d.setUpTenant(ctx, tenant); err != nil {
			return fmt.Errorf("setting up %s: %w", tenant.Name, err)
		}
	}
	return nil
}

func (d *Demo) setUpTenant(ctx context.Context, tenant *corpus.Tenant) error {
	start := time.Now()
	opened, err := d.Product.Tenants.Create(ctx, tenant.Name)
	if err != nil {
		return err
	}
	relationships := slices.Clone(tenant.Relationships)
	for _, delegation := range tenant.Delegations {
		relationships = append(relationships, delegation.Relationships()...)
	}
	if err := opened.Write(ctx, relationships, nil); err != nil {
		return err
	}
	written := len(relationships)
	for source, documents := range bySource(tenant.Documents) {
		report, err := d.Product.Indexer.Upsert(ctx, tenant.Name, source, documents)
		if err != nil {
			return err
		}
		if len(report.Problems) > 0 {
			return fmt.Errorf("%d documents were refused, the first: %+v", report.RefusedTotal(), report.Problems[0])
		}
		for _, document := range documents {
			written += len(document.Relationships)
		}
	}
	d.page.fact(fmt.Sprintf("%s, tenant %s", tenant.Company, tenant.Name), time.Since(start))
	d.page.aside(tenant.About)
	d.page.aside(fmt.Sprintf("%s, %d relationships", kinds(tenant.Documents), written))
	return nil
}

func bySource(documents []eyeshot.Document) map[string][]eyeshot.Document {
	out := map[string][]eyeshot.Document{}
	for _, document := range documents {
		source := document.Object.Source()
		out[source] = append(out[source], document)
	}
	return out
}

// kinds counts documents by type: "70 tickets, 9 comments, 24 documents".
func kinds(documents []eyeshot.Document) string {
	counts := map[string]int{}
	for _, document := range documents {
		counts[document.Object.Type()]++
	}
	return fmt.Sprintf("%d tickets, %d comments, %d documents", counts["ticket"], counts["comment"], counts["document"])
}
