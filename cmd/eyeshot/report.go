package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/indexer"
)

func renderReport(r indexer.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d written (%s), %d unchanged, %s\n",
		count(r.Documents, "document"), r.Written, count(r.Chunks, "passage"), r.Unchanged, renderRefused(r.Refused, r.Duplicates))
	fmt.Fprintf(&b, "%s added, %d removed", count(r.RelationshipsAdded, "relationship"), r.RelationshipsRemoved)
	if r.Withdrawn > 0 {
		fmt.Fprintf(&b, "\n%d of the refused were readable before and are no longer", r.Withdrawn)
	}
	renderProblems(&b, r.Problems, r.ProblemsOmitted)
	return b.String()
}

func renderRefused(refused map[connectors.Kind]int, duplicates int) string {
	total, kinds := 0, []string{}
	for _, kind := range slices.Sorted(maps.Keys(refused)) {
		total += refused[kind]
		kinds = append(kinds, fmt.Sprintf("%s %d", kind, refused[kind]))
	}
	out := fmt.Sprintf("%d refused", total)
	if total > 0 {
		out += " (" + strings.Join(kinds, ", ") + ")"
	}
	if duplicates > 0 {
		out += ", " + count(duplicates, "duplicate") + " (the last of each counts)"
	}
	return out
}

func renderProblems(b *strings.Builder, problems []indexer.Problem, omitted int) {
	for _, problem := range problems {
		line, object := "", ""
		if problem.Line > 0 { // of a file; other sources have none
			line = fmt.Sprintf("line %d: ", problem.Line)
		}
		if problem.Object != "" {
			object = " " + string(problem.Object)
		}
		fmt.Fprintf(b, "\n  %s%s%s: %s", line, problem.Kind, object, problem.Reason)
	}
	if omitted > 0 {
		fmt.Fprintf(b, "\n  and %d more", omitted)
	}
}

// refusedError makes an ingest that could not take everything exit non-zero.
func refusedError(refused, documents int) error {
	if refused == 0 {
		return nil
	}
	return fmt.Errorf("%w: %d of %s refused and readable by nobody; mend the lines named above and ingest again", eyeshot.ErrInvalid, refused, count(documents, "document"))
}
