package growth

import (
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/worlds"
)

const alice = eyeshot.Subject("user:alice")

func (o Options) dimensions() []dimension {
	return []dimension{
		{"documents of a company", upTo(o.Documents, 10_000, 100_000, 1_000_000, 10_000_000), o.company},
		{"groups of a user", o.groupSizes(), groups},
		{"direct shares of a user", o.shareSizes(), shares},
		{"depth of nesting", depths(), nesting},
	}
}

func (o Options) groupSizes() []int { return upTo(o.Groups, 10, 100, 1000, 10_000) }

func (o Options) shareSizes() []int { return upTo(o.Shares, 1, 10, 100, 1000, 10_000, 200_000) }

// depths end where OpenFGA does: it stops at 25 steps from a document to a member,
// some of which lead to the outermost group.
func depths() []int { return []int{1, 2, 5, 10, 20} }

// upTo are the sizes that are not above most, and most itself.
func upTo(most int, sizes ...int) []int {
	var all []int
	for _, size := range sizes {
		if size < most {
			all = append(all, size)
		}
	}
	return append(all, most)
}

func (o Options) company(documents int) ([]eyeshot.Relationship, []eyeshot.Subject) {
	size := worlds.CompanyOf(documents)
	var users []eyeshot.Subject
	for i := range min(size.Users, o.Samples) {
		users = append(users, worlds.User(i))
	}
	return worlds.Company(size, o.Seed), users
}

// groups gives the user so many groups, one in three of all: reaching nearly all
// is another question, with a short cut. Each views a project of two tickets.
func groups(n int) ([]eyeshot.Relationship, []eyeshot.Subject) {
	var all []eyeshot.Relationship
	for i := range 3 * n {
		group, project := fmt.Sprintf("group:g%d", i), fmt.Sprintf("project:a/P%d", i)
		all = append(all, written(project, "viewer", eyeshot.Subject(group+"#member")))
		if i%3 == 0 {
			all = append(all, written(group, "member", alice))
		}
		for k := range 2 {
			all = append(all, ticket(2*i+k, project)...)
		}
	}
	return all, []eyeshot.Subject{alice}
}

// shares shares so many tickets with the user, one in two of all that there are.
func shares(n int) ([]eyeshot.Relationship, []eyeshot.Subject) {
	var all []eyeshot.Relationship
	for i := range 2 * n {
		all = append(all, ticket(i, fmt.Sprintf("project:a/P%d", i%50))...)
		if i%2 == 0 {
			all = append(all, written(fmt.Sprintf("ticket:a/%d", i), "viewer", alice))
		}
	}
	return all, []eyeshot.Subject{alice}
}

// nesting puts the user into the innermost of so many groups, of which the
// outermost views a project.
func nesting(depth int) ([]eyeshot.Relationship, []eyeshot.Subject) {
	all := []eyeshot.Relationship{written("project:a/P", "viewer", "group:g0#member"), written(fmt.Sprintf("group:g%d", depth-1), "member", alice)}
	for i := 1; i < depth; i++ {
		all = append(all, written(fmt.Sprintf("group:g%d", i-1), "member", eyeshot.Subject(fmt.Sprintf("group:g%d#member", i))))
	}
	for i := range 1000 {
		all = append(all, ticket(i, "project:a/P")...)
	}
	return all, []eyeshot.Subject{alice}
}

func ticket(i int, project string) []eyeshot.Relationship {
	name := fmt.Sprintf("ticket:a/%d", i)
	return []eyeshot.Relationship{written(name, "project", eyeshot.Subject(project)), written(name, "open", "user:*")}
}

func written(object, relation string, subject eyeshot.Subject) eyeshot.Relationship {
	return eyeshot.Relationship{Object: eyeshot.Object(object), Relation: relation, Subject: subject}
}
