package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
)

// mostProblems is how many are named, beyond which they are counted.
const mostProblems = 1000

// sent says what became of the documents that a server was sent.
type sent struct {
	Documents       int                     `json:"documents"`
	Written         int                     `json:"written"`
	Unchanged       int                     `json:"unchanged"`
	Duplicates      int                     `json:"duplicates"`
	Refused         map[connectors.Kind]int `json:"refused"`
	Problems        []indexer.Problem       `json:"problems,omitempty"`
	ProblemsOmitted int                     `json:"problems_omitted,omitempty"`
}

func (s sent) refused() int {
	n := 0
	for _, count := range s.Refused {
		n += count
	}
	return n
}

// stopped says how far it got.
func (s sent) stopped(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("interrupted after %d documents; the same command sends all of them again, and what is unchanged is not embedded again", s.Documents)
	case s.Documents > 0:
		return fmt.Errorf("stopped after %d documents: %w", s.Documents, err)
	}
	return err
}

// add takes in what became of a batch: what was refused here, and a server's
// answer about what stood at the places.
func (s *sent) add(items []connectors.Item, places []int, answer httpapi.UpsertResponse) {
	problems := map[int]indexer.Problem{}
	for _, refused := range answer.Refused {
		if refused.Index >= 0 && refused.Index < len(places) {
			problems[places[refused.Index]] = indexer.Problem{Object: refused.Object, Kind: connectors.Kind(refused.Kind), Reason: refused.Reason}
		}
	}
	for i, item := range items {
		if item.Refused != nil { // it says more than the server could
			problems[i] = indexer.Problem{Object: item.Document.Object, Kind: item.Refused.Kind, Reason: item.Refused.Err.Error()}
		}
		if problem, ok := problems[i]; ok {
			problem.Index, problem.Line = s.Documents+i, item.Line
			s.refuse(problem)
		}
	}
	s.Documents += len(items)
	s.Written += answer.Accepted - answer.Unchanged
	s.Unchanged += answer.Unchanged
}

func (s *sent) refuse(problem indexer.Problem) {
	if problem.Kind == indexer.KindDuplicate {
		s.Duplicates++
	} else {
		s.Refused[problem.Kind]++
	}
	if len(s.Problems) >= mostProblems {
		s.ProblemsOmitted++
		return
	}
	s.Problems = append(s.Problems, problem)
}

func renderSent(s sent) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d written, %d unchanged, %s", count(s.Documents, "document"), s.Written, s.Unchanged, renderRefused(s.Refused, s.Duplicates))
	renderProblems(&b, s.Problems, s.ProblemsOmitted)
	return b.String()
}
