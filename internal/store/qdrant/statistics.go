package qdrant

import (
	"context"

	qc "github.com/qdrant/go-client/qdrant"
	"golang.org/x/sync/errgroup"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// BM25 wants to know of a scope how many chunks it has, how long they are, and
// how many of them hold a term. Qdrant counts what a filter lets through: by way
// of Exact, with few documents, and with access to everything, that is the scope.
// With many documents by way of Filtered or Unfiltered it may be some more, those
// that a coarse filter lets through and the access does not. Where there are few chunks, these are taken
// out one by one. Where there are many, they count: the order of two passages
// that somebody may read can then depend on how common a word is in documents
// like theirs that they may not read. No score leaves the process, and no text
// is told; a word that is rare is always counted in the scope alone.

// countMost is how many chunks are counted one by one.
const countMost = 10_000

// statistics counts the chunks of the scope and their length.
func (l *keywordList) statistics(ctx context.Context) (keyword.Statistics, error) {
	filter := l.view.filter(kindChunk, l.scope.condition)
	if !l.scope.precise {
		n, err := l.store.count(ctx, l.view, filter)
		if err != nil {
			return keyword.Statistics{}, err
		}
		if n <= countMost {
			return l.countOneByOne(ctx, filter)
		}
	}
	return l.facet(ctx, filter)
}

func (l *keywordList) countOneByOne(ctx context.Context, filter *qc.Filter) (keyword.Statistics, error) {
	var statistics keyword.Statistics
	err := l.store.scroll(ctx, l.view, kindChunk, filter, checked(keyLength), func(p payload) error {
		if l.scope.allows(p.object()) {
			statistics.Chunks++
			statistics.Tokens += p[keyLength].GetIntegerValue()
		}
		return nil
	})
	return statistics, err
}

// facet lets Qdrant count how many chunks there are of each length.
func (l *keywordList) facet(ctx context.Context, filter *qc.Filter) (keyword.Statistics, error) {
	const mostLengths = 1 << 14
	var statistics keyword.Statistics
	limit := l.limits.pageSize(mostLengths)
	reply, err := l.store.points.Facet(ctx, &qc.FacetCounts{CollectionName: l.view.collection, Key: keyLength, Filter: filter,
		Limit: qc.PtrOf(uint64(limit)), Exact: qc.PtrOf(true)})
	if err != nil {
		return statistics, classify(ctx, "count lengths", err)
	}
	if len(reply.GetHits()) >= limit { // these may not be all
		return l.countOneByOne(ctx, filter)
	}
	for _, hit := range reply.GetHits() {
		statistics.Chunks += int(hit.GetCount())
		statistics.Tokens += int64(hit.GetCount()) * hit.GetValue().GetIntegerValue()
	}
	return statistics, nil
}

// startWalk begins to walk a list that is too long to be ranked whole.
func (l *keywordList) startWalk(ctx context.Context) error {
	statistics, err := l.statistics(ctx)
	if err != nil {
		return err
	}
	terms, prefixes, err := l.countWords(ctx)
	if err != nil {
		return err
	}
	l.weighs = newWeights(l.query, statistics, terms, prefixes)
	filter := l.view.filter(kindChunk, append(l.constraints(), l.scope.condition, l.where.condition)...)
	// A chunk's score with the scope's mean length is its score with the mean that
	// the index was made with, times at most this.
	most := float32(max(1, float64(statistics.Tokens)/(float64(max(1, statistics.Chunks))*meanLength))) * 1.0001
	l.walk = &walk{
		search: l.search, using: sparseVector, query: l.sparseQuery(), filter: filter, keys: checked(keyTitle, keyHeading, keyText), exact: true,
		score: func(p payload, _ float32) float32 { return l.weighs.score(p.bag(l.store.tokenizer)) },
		ceiling: func(raw float32, fetched int) float32 {
			if fetched >= proofMost {
				return raw
			}
			return raw * most
		},
		known: map[eyeshot.ChunkRef]store.Hit{}, given: map[eyeshot.ChunkRef]bool{},
	}
	return nil
}

// proofMost bounds how far a walk goes to prove an order: below so many chunks
// that Qdrant ranks higher, the order is Qdrant's between one fetch and the next.
const proofMost = 1 << 14

// countWords counts the chunks that hold each term and each prefix. A prefix of
// another length than those indexed is counted by its beginning.
func (l *keywordList) countWords(ctx context.Context) (terms, prefixes []int, err error) {
	terms, prefixes = make([]int, len(l.query.Terms)), make([]int, len(l.query.Prefixes))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	count := func(w word, into *int) {
		group.Go(func() (err error) {
			*into, err = l.countWord(ctx, w)
			return err
		})
	}
	for i, term := range l.query.Terms {
		count(tokenWord(term), &terms[i])
	}
	for i, prefix := range l.query.Prefixes {
		w, _ := prefixWord(prefix)
		count(w, &prefixes[i])
	}
	return terms, prefixes, group.Wait()
}

// countWord counts the chunks of the scope that hold a word, one by one where
// they are few and the filter may let through others.
func (l *keywordList) countWord(ctx context.Context, w word) (int, error) {
	filter := l.view.filter(kindChunk, l.scope.condition, hasWord(w))
	n, err := l.store.count(ctx, l.view, filter)
	if err != nil || l.scope.precise || n > enumerateMost {
		return n, err
	}
	n = 0
	err = l.store.scroll(ctx, l.view, kindChunk, filter, checked(), func(p payload) error {
		if l.scope.allows(p.object()) {
			n++
		}
		return nil
	})
	return n, err
}

// constraints narrow a walk to the chunks that have all words of the phrases and
// the beginnings of the prefixes; whether they hold them the text says.
func (l *keywordList) constraints() []*qc.Condition {
	var conditions []*qc.Condition
	for _, phrase := range l.query.Phrases {
		for _, token := range phrase {
			conditions = append(conditions, hasWord(tokenWord(token)))
		}
	}
	for _, prefix := range l.query.Prefixes {
		w, _ := prefixWord(prefix)
		conditions = append(conditions, hasWord(w))
	}
	return conditions
}

// sparseQuery weighs each word by its inverse document frequency in the scope.
func (l *keywordList) sparseQuery() *qc.Query {
	byDimension := map[uint32]float32{}
	for i, term := range l.query.Terms {
		byDimension[tokenWord(term).dimension()] += float32(l.weighs.terms[i])
	}
	for i, prefix := range l.query.Prefixes {
		w, _ := prefixWord(prefix)
		byDimension[w.dimension()] += float32(l.weighs.prefixes[i])
	}
	var indices []uint32
	var values []float32
	for dimension, weight := range byDimension {
		indices, values = append(indices, dimension), append(values, weight)
	}
	return qc.NewQuerySparse(indices, values)
}
