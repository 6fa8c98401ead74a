package worlds

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
)

// GradedSize says how large a [Graded] world is.
type GradedSize struct {
	Documents int
	Dimension int       // of the vectors
	Shares    []float64 // of all documents, that principals of each grade may read
	PerGrade  int       // principals of each grade
}

// Graded is a world for measuring searches by how much their principal may read.
// Tickets lie in projects of Zipf-shaped sizes; a ticket's vector is near those
// of its project, as text is that is about the same things. One ticket in ten
// carries a security level, for which every other principal is cleared. Each
// principal reaches exactly its share: whole projects, through groups in groups,
// and single tickets for the rest.
type Graded struct {
	GradedSize
	Relationships []eyeshot.Relationship
	Objects       []eyeshot.Object
	Vectors       [][]float32 // by document, of unit length
	Principals    []Graduate

	random   *rand.Rand
	projects [][]int // documents of each, the largest project first
	leveled  map[int]bool
	centers  [][]float32
}

// Graduate is a principal of a grade, and what it may read.
type Graduate struct {
	Subject eyeshot.Object
	Share   float64
	Allowed map[int]bool // documents
}

// levels of security, and how many tickets carry one: one in so many.
const (
	gradedLevels = 5
	oneInLevel   = 10
)

// NewGraded makes a world. The same size and seed give the same one.
func NewGraded(size GradedSize, seed uint64) *Graded {
	w := &Graded{GradedSize: size, random: rand.New(rand.NewPCG(seed, 3)), leveled: map[int]bool{}}
	w.layOut()
	for i := range size.Documents {
		w.Objects = append(w.Objects, eyeshot.Object(fmt.Sprintf("ticket:jira/T-%06d", i)))
	}
	for p, documents := range w.projects {
		w.fill(p, documents)
	}
	w.population()
	for grade, share := range size.Shares {
		for n := range size.PerGrade {
			w.graduate(grade, n, share)
		}
	}
	w.random.Shuffle(len(w.Relationships), func(i, j int) {
		w.Relationships[i], w.Relationships[j] = w.Relationships[j], w.Relationships[i]
	})
	return w
}

// Describe says what the world is, for a report.
func (s GradedSize) Describe() map[string]any {
	return map[string]any{
		"documents": s.Documents, "dimension": s.Dimension, "shares": s.Shares, "principals of each share": s.PerGrade,
		"distribution": "projects of Zipf-shaped sizes (exponent 1), one for each 200 documents; vectors cluster by project; one ticket in ten under one of five levels, for which every other principal is cleared; groups nest two deep",
	}
}

// layOut cuts the documents, in an order that says nothing, into projects whose
// sizes fall as 1/rank.
func (w *Graded) layOut() {
	n := max(w.Documents/200, 5)
	harmonic := 0.0
	for i := range n {
		harmonic += 1 / float64(i+1)
	}
	order := w.random.Perm(w.Documents)
	for i := range n {
		size := min(max(int(float64(w.Documents)/harmonic/float64(i+1)), 1), len(order))
		if i == n-1 {
			size = len(order)
		}
		w.projects, order = append(w.projects, order[:size]), order[size:]
	}
	w.Vectors = make([][]float32, w.Documents)
	common := w.gaussian(1)
	for range n {
		w.centers = append(w.centers, unit(add(common, w.gaussian(1.5))))
	}
}

func (w *Graded) fill(p int, documents []int) {
	project := eyeshot.Object(fmt.Sprintf("project:jira/P%d", p))
	for _, i := range documents {
		w.Vectors[i] = unit(add(w.centers[p], w.gaussian(0.8/math.Sqrt(float64(w.Dimension)))))
		w.write(w.Objects[i], "project", eyeshot.Subject(project))
		if w.leveled[i] = w.random.IntN(oneInLevel) == 0; w.leveled[i] {
			w.write(w.Objects[i], "level", eyeshot.Subject(fmt.Sprintf("security_level:jira/%d", w.random.IntN(gradedLevels))))
		} else {
			w.write(w.Objects[i], "open", "user:*")
		}
	}
}

// population is everybody else, whom nobody asks for.
func (w *Graded) population() {
	for l := range gradedLevels {
		w.write(eyeshot.Object(fmt.Sprintf("security_level:jira/%d", l)), "cleared", "group:cleared#member")
	}
	for u := range max(w.Documents/100, 20) {
		user, team := eyeshot.Subject(fmt.Sprintf("user:u%d", u)), eyeshot.Object(fmt.Sprintf("group:team-%d", u/8))
		w.write(team, "member", user)
		if u%8 == 0 {
			for range 3 {
				w.write(eyeshot.Object(fmt.Sprintf("project:jira/P%d", w.random.IntN(len(w.projects)))), "viewer", eyeshot.Subject(team)+"#member")
			}
		}
	}
}

// graduate makes a principal that may read its share, to the document.
func (w *Graded) graduate(grade, n int, share float64) {
	g := Graduate{Subject: eyeshot.Object(fmt.Sprintf("user:grade%d-%d", grade, n)), Share: share, Allowed: map[int]bool{}}
	want := max(int(math.Round(share*float64(w.Documents))), 1)
	cleared := n%2 == 0
	if cleared {
		w.write("group:cleared", "member", eyeshot.Subject(g.Subject))
	}
	var inner eyeshot.Object
	for _, p := range w.random.Perm(len(w.projects)) {
		if documents := w.projects[p]; len(documents) <= want-len(g.Allowed) {
			inner = w.team(g.Subject, len(g.Allowed), inner)
			w.write(eyeshot.Object(fmt.Sprintf("project:jira/P%d", p)), "viewer", eyeshot.Subject(inner)+"#member")
			for _, i := range documents {
				if cleared || !w.leveled[i] {
					g.Allowed[i] = true
				}
			}
		}
	}
	for _, i := range w.random.Perm(w.Documents) {
		if len(g.Allowed) == want {
			break
		}
		if !g.Allowed[i] {
			g.Allowed[i] = true
			w.write(w.Objects[i], "viewer", eyeshot.Subject(g.Subject))
		}
	}
	w.Principals = append(w.Principals, g)
}

// team is the group through which the next project is reached: the last one, or
// now and then a new one that holds a group that holds the principal.
func (w *Graded) team(subject eyeshot.Object, n int, last eyeshot.Object) eyeshot.Object {
	if last != "" && w.random.IntN(4) > 0 {
		return last
	}
	outer := eyeshot.Object(fmt.Sprintf("group:%s-%d", subject.ID(), n))
	w.write(outer+"-in", "member", eyeshot.Subject(subject))
	w.write(outer, "member", eyeshot.Subject(outer)+"-in#member")
	return outer
}

func (w *Graded) write(object eyeshot.Object, relation string, subject eyeshot.Subject) {
	w.Relationships = append(w.Relationships, eyeshot.Relationship{Object: object, Relation: relation, Subject: subject})
}

// Query draws what a principal asks: half of the questions are about a document
// of its own, half about any.
func (w *Graded) Query(r *rand.Rand, principal Graduate) []float32 {
	about := r.IntN(w.Documents)
	if r.IntN(2) == 0 {
		own := slices.Sorted(maps.Keys(principal.Allowed))
		about = own[r.IntN(len(own))]
	}
	noise := make([]float32, w.Dimension)
	for i := range noise {
		noise[i] = float32(r.NormFloat64() * 0.5 / math.Sqrt(float64(w.Dimension)))
	}
	return unit(add(w.Vectors[about], noise))
}

// gaussian is a vector of a length of about scale · √dimension.
func (w *Graded) gaussian(scale float64) []float32 {
	v := make([]float32, w.Dimension)
	for i := range v {
		v[i] = float32(w.random.NormFloat64() * scale)
	}
	return v
}

func add(a, b []float32) []float32 {
	sum := make([]float32, len(a))
	for i := range a {
		sum[i] = a[i] + b[i]
	}
	return sum
}

func unit(v []float32) []float32 {
	square := 0.0
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / math.Sqrt(square))
	}
	return v
}
