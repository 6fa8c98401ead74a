package worlds

import (
	"maps"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
)

// Labels returns what a document can be read by, as somebody writes it who keeps
// permissions in tables of a database: whoever holds one of the labels may read
// it, and nobody else. A ticket under a level has one label for its project and
// its level together, so what an intersection says is not lost. They are sorted.
func (w *Graded) Labels() [][]eyeshot.Subject {
	all := make([][]eyeshot.Subject, w.Documents)
	for i := range all {
		all[i] = []eyeshot.Subject{w.label(w.project[i], w.level[i])}
	}
	number := make(map[eyeshot.Object]int, len(w.Objects))
	for i, object := range w.Objects {
		number[object] = i
	}
	for _, r := range w.Relationships {
		if i, known := number[r.Object]; known && r.Relation == "viewer" {
			all[i] = append(all[i], r.Subject)
		}
	}
	for _, labels := range all {
		slices.Sort(labels)
	}
	return all
}

func (w *Graded) label(project, level int) eyeshot.Subject {
	label := eyeshot.Subject(w.projectOf(project)) + "#viewer"
	if level != noLevel {
		label += "&" + eyeshot.Subject(levelOf(level)) + "#cleared"
	}
	return label
}

// Held returns the labels that each user holds, its own name among them, sorted.
// They are found by following the relationships, not by asking the permission
// index, which is measured against them.
func (w *Graded) Held() map[eyeshot.Subject][]eyeshot.Subject {
	in := map[eyeshot.Subject][]eyeshot.Subject{} // the sets that a subject is in directly
	for _, r := range w.Relationships {
		switch r.Object.Type() {
		case "group", "project", "security_level":
			in[r.Subject] = append(in[r.Subject], eyeshot.Subject(r.Object)+"#"+eyeshot.Subject(r.Relation))
		}
	}
	for _, principal := range w.Principals {
		subject := eyeshot.Subject(principal.Subject)
		in[subject] = slices.Clone(in[subject]) // one with direct shares alone is there too
	}
	conjunctions := w.conjunctions()
	held := map[eyeshot.Subject][]eyeshot.Subject{}
	for subject := range in {
		if eyeshot.Object(subject).Type() == eyeshot.TypeUser {
			held[subject] = closure(subject, in, conjunctions)
		}
	}
	return held
}

// conjunctions are the labels of a project and a level together, by project.
func (w *Graded) conjunctions() map[eyeshot.Subject]map[eyeshot.Subject]eyeshot.Subject {
	all := map[eyeshot.Subject]map[eyeshot.Subject]eyeshot.Subject{}
	for i, level := range w.level {
		if level == noLevel {
			continue
		}
		project := w.label(w.project[i], noLevel)
		if all[project] == nil {
			all[project] = map[eyeshot.Subject]eyeshot.Subject{}
		}
		all[project][eyeshot.Subject(levelOf(level))+"#cleared"] = w.label(w.project[i], level)
	}
	return all
}

// closure is everything that a subject is in, with the conjunctions of which it
// is in both.
func closure(subject eyeshot.Subject, in map[eyeshot.Subject][]eyeshot.Subject, conjunctions map[eyeshot.Subject]map[eyeshot.Subject]eyeshot.Subject) []eyeshot.Subject {
	found := map[eyeshot.Subject]bool{subject: true}
	for next := []eyeshot.Subject{subject}; len(next) > 0; {
		set := next[0]
		next = next[1:]
		for _, outer := range in[set] {
			if !found[outer] {
				found[outer] = true
				next = append(next, outer)
			}
		}
	}
	for set := range maps.Clone(found) {
		for level, both := range conjunctions[set] {
			if found[level] {
				found[both] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}
