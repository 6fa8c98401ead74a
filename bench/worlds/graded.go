package worlds

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"

	"github.com/RoaringBitmap/roaring/v2"

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
	Texts         []string    // by document; nil where they are made up
	Principals    []Graduate

	random   *rand.Rand
	about    map[string]any // that the description says beside the size
	oneIn    int            // tickets that carry a level: one in so many; 0 for none
	names    []string       // of the projects
	projects [][]int        // documents of each, the largest project first
	project  []int          // by document
	level    []int          // by document, noLevel where it is open
	centers  [][]float32
}

// Graduate is a principal of a grade, and what it may read.
type Graduate struct {
	Subject eyeshot.Object
	Share   float64         // of the documents, that principals of the grade may read
	Allowed *roaring.Bitmap // documents, by their place in Objects
}

// levels of security, and how many tickets carry one: one in so many.
const (
	gradedLevels = 5
	oneInLevel   = 10
	noLevel      = -1
)

// NewGraded makes a world. The same size and seed give the same one.
func NewGraded(size GradedSize, seed uint64) *Graded {
	w := newGraded(size, seed)
	w.oneIn = oneInLevel
	w.about["distribution"] = "projects of Zipf-shaped sizes (exponent 1), one for each 200 documents; vectors cluster by project; one ticket in ten under one of five levels, for which every other principal is cleared; groups nest two deep"
	names := make([]string, max(size.Documents/200, 5))
	for p := range names {
		names[p] = fmt.Sprintf("P%d", p)
	}
	w.fill(names)
	w.population()
	for grade, share := range size.Shares {
		for n := range size.PerGrade {
			w.graduate(grade, n, share)
		}
	}
	w.shuffle()
	return w
}

func newGraded(size GradedSize, seed uint64) *Graded {
	w := &Graded{
		GradedSize: size, random: rand.New(rand.NewPCG(seed, 3)), about: map[string]any{},
		project: make([]int, size.Documents), level: make([]int, size.Documents), Vectors: make([][]float32, size.Documents),
	}
	for i := range size.Documents {
		w.Objects = append(w.Objects, eyeshot.Object(fmt.Sprintf("ticket:jira/T-%06d", i)))
	}
	return w
}

// shuffle takes from the order of the relationships what it says.
func (w *Graded) shuffle() {
	w.random.Shuffle(len(w.Relationships), func(i, j int) {
		w.Relationships[i], w.Relationships[j] = w.Relationships[j], w.Relationships[i]
	})
}

// Describe says what the world is, for a report.
func (w *Graded) Describe() map[string]any {
	all := map[string]any{"documents": w.Documents, "dimension": w.Dimension, "shares": w.Shares, "principals of each share": w.PerGrade}
	maps.Copy(all, w.about)
	return all
}

// fill makes the projects and all that is in them.
func (w *Graded) fill(names []string) {
	w.names = names
	w.layOut(len(names))
	for p, documents := range w.projects {
		w.fillProject(p, documents)
	}
}

// layOut cuts the documents, in an order that says nothing, into projects whose
// sizes fall as 1/rank.
func (w *Graded) layOut(n int) {
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
	common := w.gaussian(1)
	for range n {
		w.centers = append(w.centers, unit(add(common, w.gaussian(1.5))))
	}
}

func (w *Graded) fillProject(p int, documents []int) {
	for _, i := range documents {
		w.Vectors[i] = unit(add(w.centers[p], w.gaussian(0.8/math.Sqrt(float64(w.Dimension)))))
		w.project[i], w.level[i] = p, noLevel
		w.write(w.Objects[i], "project", eyeshot.Subject(w.projectOf(p)))
		if w.oneIn > 0 && w.random.IntN(w.oneIn) == 0 {
			w.level[i] = w.random.IntN(gradedLevels)
			w.write(w.Objects[i], "level", eyeshot.Subject(levelOf(w.level[i])))
		} else {
			w.write(w.Objects[i], "open", "user:*")
		}
	}
}

func (w *Graded) projectOf(p int) eyeshot.Object { return eyeshot.Object("project:jira/" + w.names[p]) }

func levelOf(l int) eyeshot.Object { return eyeshot.Object(fmt.Sprintf("security_level:jira/%d", l)) }

// population is everybody else, whom nobody asks for.
func (w *Graded) population() {
	for l := range gradedLevels {
		w.write(levelOf(l), "cleared", "group:cleared#member")
	}
	for u := range max(w.Documents/100, 20) {
		user, team := eyeshot.Subject(fmt.Sprintf("user:u%d", u)), eyeshot.Object(fmt.Sprintf("group:team-%d", u/8))
		w.write(team, "member", user)
		if u%8 == 0 {
			for range 3 {
				w.write(w.projectOf(w.random.IntN(len(w.projects))), "viewer", eyeshot.Subject(team)+"#member")
			}
		}
	}
}

// graduate makes a principal that may read its share, to the document.
func (w *Graded) graduate(grade, n int, share float64) {
	g := Graduate{Subject: eyeshot.Object(fmt.Sprintf("user:grade%d-%d", grade, n)), Share: share, Allowed: roaring.New()}
	want, has := max(int(math.Round(share*float64(w.Documents))), 1), 0
	cleared := n%2 == 0
	if cleared {
		w.write("group:cleared", "member", eyeshot.Subject(g.Subject))
	}
	var inner eyeshot.Object
	for _, p := range w.random.Perm(len(w.projects)) {
		if documents := w.projects[p]; len(documents) <= want-has {
			inner = w.team(g.Subject, has, inner)
			w.write(w.projectOf(p), "viewer", eyeshot.Subject(inner)+"#member")
			for _, i := range documents {
				if cleared || w.level[i] == noLevel {
					g.Allowed.Add(uint32(i))
					has++
				}
			}
		}
	}
	for _, i := range w.random.Perm(w.Documents) {
		if has == want {
			break
		}
		if g.Allowed.CheckedAdd(uint32(i)) {
			has++
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
