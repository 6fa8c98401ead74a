package retriever

import (
	"context"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// open reads the text of what was picked, after the gate and nowhere else. What
// changed since its verdict gets another one, about what it says now: once, since
// somebody may write it again and again.
func (s *search) open(ctx context.Context, picks []picked) (*Response, error) {
	defer s.timed("content")()
	found := make(map[eyeshot.ChunkRef]store.Passage, len(picks))
	if err := s.read(ctx, picks, found); err != nil {
		return nil, err
	}
	if len(found) < len(picks) && s.withinBudget() {
		again, err := s.judgeAgain(ctx, picks, found)
		if err != nil {
			return nil, err
		}
		if err := s.read(ctx, again, found); err != nil {
			return nil, err
		}
	}
	if len(found) < len(picks) {
		s.reason(ReasonGone)
	}
	return s.respond(results(picks, found)), nil
}

// read adds the passages of picks to found, but those of documents whose content
// is no longer what it was before the gate was asked.
//
// SECURITY: a document may lose readers and then change between the verdict and
// the reading of its text; the verdict was about the old text. Relationships
// that go are removed before new text comes, so where the content that was read
// is that of before the verdict, the verdict holds for it. A passage and its hash
// are read from one state of the store.
func (s *search) read(ctx context.Context, picks []picked, found map[eyeshot.ChunkRef]store.Passage) error {
	permits := make([]filters.Permit, len(picks))
	refs := make([]eyeshot.ChunkRef, len(picks))
	for i, pick := range picks {
		permits[i], refs[i] = pick.permit, pick.ref
	}
	passages, err := s.Content.Passages(ctx, permits, refs)
	if err != nil {
		return fmt.Errorf("reading passages: %w", err)
	}
	for _, p := range passages {
		if v := s.verdicts[p.Ref.Object]; v.there && p.Hash == v.version {
			found[p.Ref] = p
		}
	}
	return nil
}

// judgeAgain asks the gate anew about the documents whose passages were not
// found, and returns those picks that it allows.
func (s *search) judgeAgain(ctx context.Context, picks []picked, found map[eyeshot.ChunkRef]store.Passage) ([]picked, error) {
	var lacking []ranked
	for _, pick := range picks {
		if _, there := found[pick.ref]; !there {
			delete(s.verdicts, pick.ref.Object)
			lacking = append(lacking, pick.ranked)
		}
	}
	return s.admit(ctx, lacking)
}

// results are what was found, in the order of the picks.
func results(picks []picked, found map[eyeshot.ChunkRef]store.Passage) []Result {
	var out []Result
	for _, pick := range picks {
		if p, there := found[pick.ref]; there {
			out = append(out, Result{
				Ref: p.Ref, Title: p.Title, Heading: p.Heading, Text: p.Text, URL: p.URL,
				Metadata: p.Metadata, UpdatedAt: p.UpdatedAt, Score: pick.score,
			})
		}
	}
	return out
}
