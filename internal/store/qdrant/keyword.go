package qdrant

import (
	"context"
	"slices"

	qc "github.com/qdrant/go-client/qdrant"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// keywordList is the list by BM25. A query that few chunks match is ranked whole,
// in the driver. Else Qdrant ranks by sparse vectors, with the query's weights
// made for the scope, and the driver scores what comes again by its text.
type keywordList struct {
	*search
	query  keyword.Query
	opened bool
	weighs weights
	all    []store.Hit                  // the list, where it is ranked whole
	listed map[eyeshot.ChunkRef]float32 // and what it holds
	walk   *walk
}

var _ source = (*keywordList)(nil)

// fill implements [source].
func (l *keywordList) fill(ctx context.Context, n int) error {
	if !l.opened {
		if err := l.open(ctx); err != nil {
			return err
		}
		l.opened = true
	}
	if l.walk == nil {
		return nil
	}
	return l.walk.fill(ctx, n)
}

func (l *keywordList) ready() *[]store.Hit {
	if l.walk == nil {
		return &l.all
	}
	return &l.walk.next
}

// enumerateMost is how many chunks that match a word are read and ranked in the
// driver; beyond it Qdrant ranks.
const enumerateMost = 2_000

func (l *keywordList) open(ctx context.Context) error {
	l.query.Terms = l.query.Terms[:min(len(l.query.Terms), l.mostTerms())]
	if l.scope.none || l.query.Empty() {
		return nil
	}
	matching, err := l.store.count(ctx, l.view, l.view.filter(kindChunk, l.scope.condition, l.anyWord()))
	switch {
	case err != nil || matching == 0:
		return err
	case matching <= enumerateMost:
		return l.rankWhole(ctx)
	}
	return l.startWalk(ctx)
}

// mostTerms bounds what one query costs: of a longer one, the first terms count.
func (l *keywordList) mostTerms() int {
	const most = 256
	if l.limits.conditions > 0 {
		return max(1, min(most, l.limits.conditions-2*keyword.MaxConstraints-32))
	}
	return most
}

// anyWord holds where a chunk may match.
func (l *keywordList) anyWord() *qc.Condition {
	var conditions []*qc.Condition
	for _, term := range l.query.Terms {
		conditions = append(conditions, hasWord(tokenWord(term)))
	}
	for _, prefix := range l.query.Prefixes {
		w, _ := prefixWord(prefix)
		conditions = append(conditions, hasWord(w))
	}
	return or(conditions...)
}

func hasWord(w word) *qc.Condition { return qc.NewMatchText(keyWords, w.String()) }

// rankWhole reads all chunks that have a word of the query.
func (l *keywordList) rankWhole(ctx context.Context) error {
	statistics, err := l.statistics(ctx)
	if err != nil {
		return err
	}
	bags := map[eyeshot.ChunkRef]bag{}
	filter := l.view.filter(kindChunk, l.scope.condition, l.anyWord())
	err = l.store.scroll(ctx, l.view, kindChunk, filter, checked(keyTitle, keyHeading, keyText), func(p payload) error {
		// SECURITY: what is not allowed counts in no score.
		if l.scope.allows(p.object()) {
			bags[p.chunkRef()] = p.bag(l.store.tokenizer)
		}
		return nil
	})
	if err != nil {
		return err
	}
	terms, prefixes := frequencies(l.query, bags)
	l.weighs = newWeights(l.query, statistics, terms, prefixes)
	return l.rank(ctx, bags)
}

// frequencies counts the chunks that hold each term and each prefix.
func frequencies(query keyword.Query, bags map[eyeshot.ChunkRef]bag) (terms, prefixes []int) {
	terms, prefixes = make([]int, len(query.Terms)), make([]int, len(query.Prefixes))
	for _, b := range bags {
		for i, term := range query.Terms {
			terms[i] += min(1, int(b.times[term]))
		}
		for i, prefix := range query.Prefixes {
			if b.begins(prefix) {
				prefixes[i]++
			}
		}
	}
	return terms, prefixes
}

// rank makes the list of the chunks that match and that the filter lets through.
func (l *keywordList) rank(ctx context.Context, bags map[eyeshot.ChunkRef]bag) error {
	let, err := l.letThrough(ctx)
	if err != nil {
		return err
	}
	var hits []store.Hit
	for ref, b := range bags {
		if score := l.weighs.score(b); score > 0 && (let == nil || let[ref]) {
			hits = append(hits, store.Hit{Ref: ref, Score: score})
		}
	}
	if l.all, err = l.admit(ctx, hits); err != nil {
		return err
	}
	slices.SortFunc(l.all, compareHits)
	l.listed = make(map[eyeshot.ChunkRef]float32, len(l.all))
	for _, hit := range l.all {
		l.listed[hit.Ref] = hit.Score
	}
	return nil
}

// letThrough are the chunks that the metadata filter lets through; nil for all.
func (l *keywordList) letThrough(ctx context.Context) (map[eyeshot.ChunkRef]bool, error) {
	if l.where.condition == nil {
		return nil, nil
	}
	let := map[eyeshot.ChunkRef]bool{}
	filter := l.view.filter(kindChunk, l.scope.condition, l.anyWord(), l.where.condition)
	return let, l.store.scroll(ctx, l.view, kindChunk, filter, checked(), func(p payload) error {
		let[p.chunkRef()] = true
		return nil
	})
}

// scores implements [source].
func (l *keywordList) scores(ctx context.Context, refs []eyeshot.ChunkRef) (map[eyeshot.ChunkRef]float32, error) {
	if l.walk == nil {
		return l.listed, nil
	}
	scores := map[eyeshot.ChunkRef]float32{}
	for _, condition := range anyOf(l.limits, keyRef, l.view.refs(l.walk.unknown(refs))) {
		var hits []store.Hit
		filter := l.view.filter(kindChunk, l.scope.condition, l.where.condition, condition)
		err := l.store.scroll(ctx, l.view, kindChunk, filter, checked(keyTitle, keyHeading, keyText), func(p payload) error {
			if score := l.weighs.score(p.bag(l.store.tokenizer)); score > 0 {
				hits = append(hits, store.Hit{Ref: p.chunkRef(), Score: score})
			}
			return nil
		})
		if err == nil {
			hits, err = l.admit(ctx, hits)
		}
		if err != nil {
			return nil, err
		}
		for _, hit := range hits {
			scores[hit.Ref] = hit.Score
		}
	}
	for _, ref := range refs {
		if hit, met := l.walk.known[ref]; met {
			scores[ref] = hit.Score
		}
	}
	return scores, nil
}
