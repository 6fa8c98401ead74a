package worlds

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot"
)

// near is how far a user's share may be from a grade's, as a factor.
const near = 1.5

// FromMatrix makes a world of a real access list: every permission is a project,
// every user who has it views the project, and no ticket carries a level. Which
// project is the largest is drawn by the seed. Principals are users of the list
// whose shares are nearest to those that were asked for, within a factor of 1.5;
// shares that too few users have are left out of the world's Shares. A list
// where that is all of them is [eyeshot.ErrInvalid].
func FromMatrix(size GradedSize, m *Matrix, seed uint64) (*Graded, error) {
	w := newGraded(size, seed)
	order := w.random.Perm(len(m.permissions)) // by rank in size
	names := make([]string, len(order))
	rank := make([]int, len(order)) // by permission
	for p, permission := range order {
		names[p], rank[permission] = "perm-"+m.permissions[permission], p
	}
	w.fill(names)
	for u, permissions := range m.grants {
		for _, permission := range permissions {
			w.write(w.projectOf(rank[permission]), "viewer", eyeshot.Subject(userOf(m, u)))
		}
	}
	reads := make([]reader, len(m.users))
	for u, permissions := range m.grants {
		reads[u].user = userOf(m, u)
		for _, permission := range permissions {
			reads[u].projects = append(reads[u].projects, rank[permission])
		}
	}
	w.about["acl"], w.about["acl sha256"] = m.Name, m.SHA256
	w.about["users"], w.about["permissions"], w.about["grants"] = len(m.users), len(m.permissions), m.total
	w.about["distribution"] = "a project for each permission, of Zipf-shaped sizes (exponent 1) in an order that is drawn; vectors cluster by project; no levels, no groups"
	if !w.enlist(reads) {
		return nil, eyeshot.Invalid("acl", m.Name, fmt.Sprintf("has no %d users who may read near any of the shares %v", size.PerGrade, size.Shares))
	}
	w.shuffle()
	return w, nil
}

func userOf(m *Matrix, u int) eyeshot.Object { return eyeshot.Object("user:acl-" + m.users[u]) }

// reader is a user of a real list, and the projects that it may read.
type reader struct {
	user     eyeshot.Object
	projects []int
	share    float64 // of all documents; 0 where it is a principal already
}

// enlist makes principals of the users whose shares are nearest to those that
// were asked for, and leaves the shares out that too few have. A user who stands
// for one share stands for no other. It says whether there is any left.
func (w *Graded) enlist(users []reader) bool {
	for u := range users {
		for _, p := range users[u].projects {
			users[u].share += float64(len(w.projects[p])) / float64(w.Documents)
		}
	}
	asked := w.Shares
	w.Shares = nil
	var missing []float64
	for _, share := range asked {
		chosen := nearest(w.random, users, share, w.PerGrade)
		if len(chosen) < w.PerGrade {
			missing = append(missing, share)
			continue
		}
		w.Shares = append(w.Shares, share)
		for _, u := range chosen {
			w.Principals = append(w.Principals, Graduate{Subject: users[u].user, Share: share, Allowed: w.within(users[u].projects)})
			users[u].share = 0
		}
	}
	if len(missing) > 0 {
		w.about["shares that too few users have"] = missing
	}
	return len(w.Shares) > 0
}

// nearest are the n users with the shares nearest to one; of equal ones those
// that are drawn. There are fewer where fewer are near enough.
func nearest(r *rand.Rand, users []reader, share float64, n int) []int {
	distance := func(u int) float64 { return math.Abs(math.Log(users[u].share / share)) }
	all := slices.DeleteFunc(r.Perm(len(users)), func(u int) bool { return users[u].share == 0 || distance(u) > math.Log(near) })
	slices.SortStableFunc(all, func(a, b int) int { return cmp.Compare(distance(a), distance(b)) })
	return all[:min(n, len(all))]
}

// within are the documents of projects.
func (w *Graded) within(projects []int) *roaring.Bitmap {
	all := roaring.New()
	for _, p := range projects {
		for _, i := range w.projects[p] {
			all.Add(uint32(i))
		}
	}
	return all
}
