// Package embedtest states in tests what every [embed.Embedder] does. It is
// for the tests of implementations, real and fake, and imports none of them.
package embedtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/embed"
)

// texts are ordinary texts, no two of which share a vector.
var texts = []string{
	"Refund fails after a partial capture",
	"How to roll back a release of the billing service",
	"The mobile client loses its session behind a proxy.",
	"on-call handbook",
	"Zürich office: network maintenance on Saturday",
}

// Run runs the suite. New is called once a test and gives an embedder that is
// ready for use; what it holds is released with t.Cleanup.
func Run(t *testing.T, new func(t *testing.T) embed.Embedder) {
	tests := map[string]func(*testing.T, embed.Embedder){
		"has a name and a dimension":                       hasIdentity,
		"gives no vectors for no texts":                    givesNothingForNothing,
		"keeps the order of the texts":                     keepsOrder,
		"gives the same text the same vector":              isDeterministic,
		"gives vectors of the dimension and of length one": givesUnitVectors,
		"gives blank texts the zero vector":                givesBlankTextsZero,
		"takes any bytes":                                  takesAnyBytes,
		"takes more texts than fit one batch":              takesManyTexts,
		"puts related texts nearer than unrelated ones":    ranksRelatedTexts,
		"gives vectors that belong to the caller":          givesVectorsAway,
		"stops when the context is cancelled":              stopsWhenCancelled,
		"stops when the deadline has passed":               stopsAtDeadline,
		"works from many goroutines at once":               isConcurrent,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test(t, new(t)) })
	}
}

func hasIdentity(t *testing.T, e embed.Embedder) {
	name := e.Name()
	if name == "" || strings.ContainsAny(name, " \t\n") {
		t.Errorf("name %q, want one without white space", name)
	}
	mustEmbed(t, e, texts...)
	if again := e.Name(); again != name {
		t.Errorf("name %q, after a call %q", name, again)
	}
	if e.Dimension() < 1 {
		t.Errorf("dimension %d, want at least 1", e.Dimension())
	}
}

func givesNothingForNothing(t *testing.T, e embed.Embedder) {
	for _, none := range [][]string{nil, {}} {
		if vectors := mustEmbed(t, e, none...); len(vectors) != 0 {
			t.Errorf("%d vectors for no texts", len(vectors))
		}
	}
}

func keepsOrder(t *testing.T, e embed.Embedder) {
	together := mustEmbed(t, e, texts...)
	for i, text := range texts {
		assertSame(t, together[i], mustEmbed(t, e, text)[0], text)
		for j := range i {
			if same(together[i], together[j]) {
				t.Errorf("texts %d and %d have one vector", i, j)
			}
		}
	}
}

func isDeterministic(t *testing.T, e embed.Embedder) {
	vectors := mustEmbed(t, e, texts[0], texts[1], texts[0])
	assertSame(t, vectors[0], vectors[2], "twice in one call")
	assertSame(t, vectors[0], mustEmbed(t, e, texts[0])[0], "in another call")
}

func givesUnitVectors(t *testing.T, e embed.Embedder) {
	for i, vector := range mustEmbed(t, e, texts...) {
		if len(vector) != e.Dimension() {
			t.Errorf("text %d: %d values, want %d", i, len(vector), e.Dimension())
		}
		if length := dot(vector, vector); length < 1-1e-5 || length > 1+1e-5 {
			t.Errorf("text %d: squared length %v, want 1", i, length)
		}
	}
}

func givesBlankTextsZero(t *testing.T, e embed.Embedder) {
	vectors := mustEmbed(t, e, "", texts[0], " \t\r\n\u00a0\u2003 ", texts[1])
	for _, blank := range []int{0, 2} {
		if len(vectors[blank]) != e.Dimension() || dot(vectors[blank], vectors[blank]) != 0 {
			t.Errorf("the blank text %d has the vector %v", blank, vectors[blank])
		}
	}
	assertSame(t, vectors[1], mustEmbed(t, e, texts[0])[0], "beside blank texts")
	for _, vector := range mustEmbed(t, e, "", "") {
		if len(vector) != e.Dimension() || dot(vector, vector) != 0 {
			t.Errorf("blank texts alone have the vector %v", vector)
		}
	}
}

func takesAnyBytes(t *testing.T, e embed.Embedder) {
	odd := []string{"\xff\xfe", "caf\xe9 au lait", "nul\x00byte", "\ufffd", "\u200b", "\U0001f680 launch", "東京", "e\u0301\u0301", strings.Repeat("word ", 2000)}
	for i, vector := range mustEmbed(t, e, odd...) {
		length := dot(vector, vector)
		if length != 0 && (length < 1-1e-5 || length > 1+1e-5) {
			t.Errorf("%.20q: squared length %v, want 1 or 0", odd[i], length)
		}
	}
}

func takesManyTexts(t *testing.T, e embed.Embedder) {
	many := make([]string, 150)
	for i := range many {
		many[i] = fmt.Sprintf("ticket number %d: %s", i, texts[i%len(texts)])
	}
	vectors := mustEmbed(t, e, many...)
	for _, i := range []int{0, 1, 63, 64, 65, 127, 128, 149} {
		assertSame(t, vectors[i], mustEmbed(t, e, many[i])[0], many[i])
	}
}

func ranksRelatedTexts(t *testing.T, e embed.Embedder) {
	v := mustEmbed(t, e, "refund of a payment fails", "the payment could not be refunded", "the office plants need water")
	if related, unrelated := dot(v[0], v[1]), dot(v[0], v[2]); related <= unrelated {
		t.Errorf("similarity of related texts %v, of unrelated ones %v", related, unrelated)
	}
}

func givesVectorsAway(t *testing.T, e embed.Embedder) {
	vectors := mustEmbed(t, e, texts...)
	second := append([]float32(nil), vectors[1]...)
	clear(vectors[0])
	_ = append(vectors[0], 1, 2, 3)
	assertSame(t, second, vectors[1], "after its neighbour was changed")
	assertSame(t, second, mustEmbed(t, e, texts[1])[0], "after a result was changed")
}

func stopsWhenCancelled(t *testing.T, e embed.Embedder) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assertEnded(t, e, ctx, context.Canceled)
}

func stopsAtDeadline(t *testing.T, e embed.Embedder) {
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	assertEnded(t, e, ctx, context.DeadlineExceeded)
}

func assertEnded(t *testing.T, e embed.Embedder, ctx context.Context, cause error) {
	t.Helper()
	vectors, err := e.Embed(ctx, texts)
	if !errors.Is(err, cause) || !errors.Is(err, eyeshot.ErrUnavailable) {
		t.Errorf("error %v, want one that is %v and ErrUnavailable", err, cause)
	}
	if vectors != nil {
		t.Error("there are vectors beside the error")
	}
	if err != nil && strings.Contains(err.Error(), texts[0]) {
		t.Errorf("the error holds a text: %v", err)
	}
}

func isConcurrent(t *testing.T, e embed.Embedder) {
	want := mustEmbed(t, e, texts...)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			got, err := e.Embed(t.Context(), texts)
			if err != nil {
				t.Errorf("embedding: %v", err)
				return
			}
			for i := range want {
				assertSame(t, got[i], want[i], texts[i])
			}
		})
	}
	group.Wait()
}
