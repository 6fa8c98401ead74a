package growth

import (
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
)

// wholeDimension is something that grows, under whole searches. A site may have
// principals of several sizes.
type wholeDimension struct {
	name  string
	sites []func() wholeWorld
}

// wholeWorld is what a site holds, and who asks.
type wholeWorld struct {
	relationships []eyeshot.Relationship
	documents     []eyeshot.Object
	askers        []asker
}

// asker is one size of what grows, and the subjects who have it.
type asker struct {
	size     int
	subjects []eyeshot.Subject
}

func (o Options) wholeDimensions() []wholeDimension {
	documents := wholeDimension{name: "documents of a company"}
	for _, size := range upTo(o.Documents, 10_000, 100_000, 1_000_000, 10_000_000) {
		documents.sites = append(documents.sites, func() wholeWorld {
			relationships, subjects := o.company(size)
			return newWholeWorld(relationships, asker{size, subjects})
		})
	}
	one := func(name string, world func() wholeWorld) wholeDimension {
		return wholeDimension{name, []func() wholeWorld{world}}
	}
	return []wholeDimension{
		documents,
		one("groups of a user", func() wholeWorld { return manyGroups(o.groupSizes()) }),
		one("direct shares of a user", func() wholeWorld { return manyShares(o.shareSizes()) }),
		one("depth of nesting", func() wholeWorld { return manyDepths(depths()) }),
	}
}

// newWholeWorld finds the documents among the objects.
func newWholeWorld(relationships []eyeshot.Relationship, askers ...asker) wholeWorld {
	w := wholeWorld{relationships: relationships, askers: askers}
	policy, known := filters.DefaultPolicy(), map[eyeshot.Object]bool{}
	for _, r := range relationships {
		if _, is := policy[r.Object.Type()]; is && !known[r.Object] {
			known[r.Object] = true
			w.documents = append(w.documents, r.Object)
		}
	}
	return w
}

// having names the user who has so many.
func having(n int) eyeshot.Subject { return eyeshot.Subject(fmt.Sprintf("user:has-%d", n)) }

func havings(sizes []int) (askers []asker) {
	for _, n := range sizes {
		askers = append(askers, asker{n, []eyeshot.Subject{having(n)}})
	}
	return askers
}

// spread says whether the i-th of most is among n that lie as evenly as can be.
func spread(i, n, most int) bool { return i*n/most != (i+1)*n/most }

// manyGroups is the world of [groups], with a user for each size.
func manyGroups(sizes []int) wholeWorld {
	most := sizes[len(sizes)-1]
	all, _ := groups(most)
	for i := range most {
		for _, n := range sizes {
			if spread(i, n, most) {
				all = append(all, written(fmt.Sprintf("group:g%d", 3*i), "member", having(n)))
			}
		}
	}
	return newWholeWorld(all, havings(sizes)...)
}

// manyShares is the world of [shares], with a user for each size.
func manyShares(sizes []int) wholeWorld {
	most := sizes[len(sizes)-1]
	all, _ := shares(most)
	for i := range most {
		for _, n := range sizes {
			if spread(i, n, most) {
				all = append(all, written(fmt.Sprintf("ticket:a/%d", 2*i), "viewer", having(n)))
			}
		}
	}
	return newWholeWorld(all, havings(sizes)...)
}

// manyDepths has a chain of groups for each depth, a user in the innermost, and a
// project that the outermost views. All projects are of the same size.
func manyDepths(sizes []int) wholeWorld {
	const tickets = 200
	var all []eyeshot.Relationship
	for at, depth := range sizes {
		group := func(i int) string { return fmt.Sprintf("group:d%d-%d", depth, i) }
		project := fmt.Sprintf("project:a/D%d", depth)
		all = append(all, written(project, "viewer", eyeshot.Subject(group(0)+"#member")), written(group(depth-1), "member", having(depth)))
		for i := 1; i < depth; i++ {
			all = append(all, written(group(i-1), "member", eyeshot.Subject(group(i)+"#member")))
		}
		for i := range tickets {
			all = append(all, ticket(at*tickets+i, project)...)
		}
	}
	return newWholeWorld(all, havings(sizes)...)
}
