package churn

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

// question is one search, and what the judge needs to know of it.
type question struct {
	principal eyeshot.Principal
	request   retriever.Request
	half      string // that the filter asks for; "" for all
}

// searchOnce asks a question of any principal. One turn in ten reads a document
// in its place, and one holds the judge to OpenFGA.
func (s *soak) searchOnce(ctx context.Context, r *rand.Rand) error {
	principal := s.world.principals[r.IntN(len(s.world.principals))]
	switch r.IntN(10) {
	case 0:
		return s.read(ctx, principal, s.world.documents[r.IntN(len(s.world.documents))])
	case 1:
		return s.auditOnce(ctx, r, principal)
	}
	return s.ask(ctx, s.question(r, principal))
}

func (s *soak) question(r *rand.Rand, principal eyeshot.Principal) question {
	q := question{principal: principal, request: retriever.Request{
		Query: "company note on " + topic(r.IntN(7)),
		Limit: []int{1, 3, 5, 10, 25}[r.IntN(5)],
		Mode:  []retriever.Mode{retriever.Hybrid, retriever.Hybrid, retriever.Keyword, retriever.Semantic}[r.IntN(4)],
	}}
	if r.IntN(4) == 0 {
		q.half = []string{"left", "right"}[r.IntN(2)]
		q.request.Filter = store.Compare{Key: "half", Op: store.Eq, Value: q.half}
	}
	return q
}

// ask searches and judges the answer.
func (s *soak) ask(ctx context.Context, q question) error {
	began := time.Now()
	from, _ := s.history.now()
	response, err := s.searcher.Search(ctx, q.principal, q.request)
	_, to := s.history.now()
	s.counts.searches.Add(1)
	if err != nil {
		s.counts.fail(err)
		return nil
	}
	s.counts.answer(response)
	w := s.window(q.principal, from, to)
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, result := range response.Results {
		if leaks(w, result.Ref.Object, result.Title, result.Text) {
			s.counts.leak(fmt.Sprintf("%s found %s", q.principal, result.Ref.Object))
		}
	}
	// A semantic list holds what is similar, and only the model knows what is.
	if len(response.Results) < q.request.Limit && q.request.Mode != retriever.Semantic {
		s.judgeShort(w, q, response, began)
	}
	return nil
}

func (s *soak) window(principal eyeshot.Principal, from, to int) *window {
	return &window{
		history: s.history, model: s.model, policy: s.policy, principal: principal,
		from: from, to: to, judges: map[judgeKey]*judge{},
	}
}

// leaks says whether what came out could be read at no moment of the window:
// the document, with this title and this text.
func leaks(w *window, object eyeshot.Object, title, text string) bool {
	return !w.ever(object, versionOf(title)) || !w.ever(object, versionOf(text))
}

// judgeShort looks for documents that a list which is not full leaves out,
// though they were there and readable all the time.
func (s *soak) judgeShort(w *window, q question, response *retriever.Response, began time.Time) {
	found := map[eyeshot.Object]bool{}
	for _, result := range response.Results {
		found[result.Ref.Object] = true
	}
	for _, object := range s.world.documents {
		if found[object] || q.half != "" && q.half != half(object) || !w.always(object) {
			continue
		}
		if !response.Complete {
			s.counts.explained(response.Reasons)
			return
		}
		s.counts.short(fmt.Sprintf("%s got %d of %d without %s", q.principal, len(response.Results), q.request.Limit, object), began.Sub(w.since(object)))
		return
	}
}

// read opens one document and judges what came, or that nothing came.
func (s *soak) read(ctx context.Context, principal eyeshot.Principal, object eyeshot.Object) error {
	from, _ := s.history.now()
	record, err := s.searcher.Document(ctx, principal, object)
	_, to := s.history.now()
	s.counts.reads.Add(1)
	w := s.window(principal, from, to)
	w.mu.RLock()
	defer w.mu.RUnlock()
	switch {
	case err == nil:
		if leaks(w, object, record.Title, record.Chunks[0].Text) {
			s.counts.leak(fmt.Sprintf("%s read %s", principal, object))
		}
	case errors.Is(err, eyeshot.ErrNotFound):
		if w.always(object) {
			s.counts.short(fmt.Sprintf("%s could not read %s", principal, object), 0)
		}
	case errors.Is(err, eyeshot.ErrUnavailable) && to > from: // it changed while it was read
		s.counts.changed.Add(1)
	default:
		s.counts.fail(err)
	}
	return nil
}
