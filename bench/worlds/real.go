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
	shares := w.sharesOf(m, rank)
	w.Shares = nil
	var missing []float64
	for _, share := range size.Shares {
		if users := nearest(w.random, shares, share, size.PerGrade); len(users) == size.PerGrade {
			w.Shares = append(w.Shares, share)
			w.enlist(m, rank, users, share, shares)
		} else {
			missing = append(missing, share)
		}
	}
	if len(w.Shares) == 0 {
		return nil, eyeshot.Invalid("acl", m.Name, fmt.Sprintf("has no %d users who may read near any of the shares %v", size.PerGrade, size.Shares))
	}
	w.shuffle()
	w.describe(m, missing)
	return w, nil
}

func userOf(m *Matrix, u int) eyeshot.Object { return eyeshot.Object("user:acl-" + m.users[u]) }

// sharesOf is what each user may read, as a share of all documents.
func (w *Graded) sharesOf(m *Matrix, rank []int) []float64 {
	shares := make([]float64, len(m.users))
	for u, permissions := range m.grants {
		for _, permission := range permissions {
			shares[u] += float64(len(w.projects[rank[permission]])) / float64(w.Documents)
		}
	}
	return shares
}

// nearest are the n users with the shares nearest to one; of equal ones those
// that are drawn. There are fewer where fewer are near enough.
func nearest(r *rand.Rand, shares []float64, share float64, n int) []int {
	users := r.Perm(len(shares))
	distance := func(u int) float64 { return math.Abs(math.Log(shares[u] / share)) }
	users = slices.DeleteFunc(users, func(u int) bool { return shares[u] == 0 || distance(u) > math.Log(near) })
	slices.SortStableFunc(users, func(a, b int) int { return cmp.Compare(distance(a), distance(b)) })
	return users[:min(n, len(users))]
}

// enlist makes users the principals of a grade, each once: a user who stands for
// a grade stands for no other.
func (w *Graded) enlist(m *Matrix, rank []int, users []int, share float64, shares []float64) {
	for _, u := range users {
		g := Graduate{Subject: userOf(m, u), Share: share, Allowed: roaring.New()}
		for _, permission := range m.grants[u] {
			for _, i := range w.projects[rank[permission]] {
				g.Allowed.Add(uint32(i))
			}
		}
		w.Principals = append(w.Principals, g)
		shares[u] = 0
	}
}

func (w *Graded) describe(m *Matrix, missing []float64) {
	w.about["acl"], w.about["acl sha256"] = m.Name, m.SHA256
	w.about["users"], w.about["permissions"], w.about["grants"] = len(m.users), len(m.permissions), m.total
	w.about["distribution"] = "a project for each permission, of Zipf-shaped sizes (exponent 1) in an order that is drawn; vectors cluster by project; no levels, no groups"
	if len(missing) > 0 {
		w.about["shares that too few users have"] = missing
	}
}
