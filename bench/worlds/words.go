package worlds

import (
	"math/rand/v2"
	"strings"
)

// Words is a vocabulary to make texts of: none of it means anything, and some
// words come far more often than others.
type Words []string

// NewWords returns the vocabulary.
func NewWords() Words {
	var all Words
	for _, a := range strings.Fields("re de pay ship in out up back log mer") {
		for _, b := range strings.Fields("fund ploy ment list voice let chant cord port gate mit") {
			for _, c := range strings.Fields("s ed ing er or ly al ive ness ion ful less able ist ism") {
				all = append(all, a+b+c)
			}
		}
	}
	return all
}

// Text draws n words; the i-th of the vocabulary comes with a chance of about 1/i.
func (w Words) Text(r *rand.Rand, n int) string {
	zipf := rand.NewZipf(r, 1.1, 3, uint64(len(w)-1))
	out := make([]string, n)
	for i := range out {
		out[i] = w[zipf.Uint64()]
	}
	return strings.Join(out, " ")
}
