package corpus

import (
	"cmp"
	"fmt"
	"io/fs"

	"github.com/eyeshot-dev/eyeshot"
)

// Story is the script of the walk: one question, asked again and again.
type Story struct {
	Tenant   string // where it plays, but for Other
	Question string
	Limit    int // results to ask for

	Users      []Answer   // two, to show side by side
	Agent      Answer     // an agent acting for the first of them
	Revocation Revocation // after it, the same question again
	Other      Answer     // the same question in the other tenant
	Examples   []Example
}

// Answer is what one principal gets to a question. Contains must be among the
// first results, as many as the story's limit; Lacks must not come back at all.
type Answer struct {
	Principal eyeshot.Principal
	Because   string // why, for people; empty in examples
	Contains  []eyeshot.Object
	Lacks     []eyeshot.Object
}

// Revocation takes relationships away, and says what the next search gives.
type Revocation struct {
	What    string // "Ines leaves the group of responders"
	Remove  []eyeshot.Relationship
	Answers []Answer
}

// Example is another question to try, as several people.
type Example struct {
	Question string
	Notice   string // what to look for in the answers
	Answers  []Answer
}

// storyFile is story.yaml.
type storyFile struct {
	Tenant     string       `json:"tenant"`
	Question   string       `json:"question"`
	Limit      int          `json:"limit"`
	Users      []answerLine `json:"users"`
	Agent      answerLine   `json:"agent"`
	Revocation struct {
		What    string                 `json:"what"`
		Remove  []eyeshot.Relationship `json:"remove"`
		Answers []answerLine           `json:"answers"`
	} `json:"revocation"`
	Other    answerLine `json:"other"`
	Examples []struct {
		Question string       `json:"question"`
		Notice   string       `json:"notice"`
		Answers  []answerLine `json:"answers"`
	} `json:"examples"`
}

type answerLine struct {
	Tenant   string   `json:"tenant"` // the story's where it is empty
	User     string   `json:"user"`
	Agent    string   `json:"agent"`
	Because  string   `json:"because"`
	Contains []string `json:"contains"`
	Lacks    []string `json:"lacks"`
}

func loadStory(files fs.FS) (Story, error) {
	var file storyFile
	if err := readYAML(files, "story.yaml", &file); err != nil {
		return Story{}, err
	}
	story, err := file.story()
	if err != nil {
		return Story{}, fmt.Errorf("story.yaml: %w", err)
	}
	return story, nil
}

func (f storyFile) story() (story Story, err error) {
	story = Story{Tenant: f.Tenant, Question: f.Question, Limit: f.Limit}
	if story.Users, err = f.answers(f.Users); err != nil {
		return story, err
	}
	if story.Agent, err = f.answer(f.Agent); err != nil {
		return story, err
	}
	if story.Revocation, err = f.revocation(); err != nil {
		return story, err
	}
	if story.Other, err = f.answer(f.Other); err != nil {
		return story, err
	}
	for _, e := range f.Examples {
		answers, err := f.answers(e.Answers)
		if err != nil {
			return story, err
		}
		story.Examples = append(story.Examples, Example{Question: e.Question, Notice: e.Notice, Answers: answers})
	}
	return story, nil
}

func (f storyFile) revocation() (Revocation, error) {
	for _, r := range f.Revocation.Remove {
		if err := r.Validate(); err != nil {
			return Revocation{}, err
		}
	}
	answers, err := f.answers(f.Revocation.Answers)
	return Revocation{What: f.Revocation.What, Remove: f.Revocation.Remove, Answers: answers}, err
}

func (f storyFile) answers(lines []answerLine) ([]Answer, error) {
	var out []Answer
	for _, line := range lines {
		answer, err := f.answer(line)
		if err != nil {
			return nil, err
		}
		out = append(out, answer)
	}
	return out, nil
}

func (f storyFile) answer(line answerLine) (answer Answer, err error) {
	answer.Because = line.Because
	if answer.Principal, err = line.principal(f.Tenant); err != nil {
		return answer, err
	}
	if answer.Contains, err = parseObjects(line.Contains); err != nil {
		return answer, err
	}
	answer.Lacks, err = parseObjects(line.Lacks)
	return answer, err
}

func (l answerLine) principal(tenant string) (p eyeshot.Principal, err error) {
	p.Tenant = cmp.Or(l.Tenant, tenant)
	if p.Subject, err = eyeshot.NewGlobalObject(eyeshot.TypeUser, l.User); err != nil {
		return p, err
	}
	if l.Agent != "" {
		if p.Actor, err = eyeshot.NewGlobalObject("agent", l.Agent); err != nil {
			return p, err
		}
	}
	return p, p.Validate()
}
