package demo

import (
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// Report is a walk for programs: what was asked, what came back, and whether
// that is what the story says.
type Report struct {
	URL    string `json:"url"`
	Passed bool   `json:"passed"`
	Steps  []Step `json:"steps"`
	// Tokens are those that [Demo.Try] made, by the name of their variable.
	Tokens map[string]string `json:"tokens,omitempty"`
}

// Step is one step of the walk.
type Step struct {
	Title        string        `json:"title"`
	Question     string        `json:"question,omitempty"`
	Answers      []Answer      `json:"answers,omitempty"`
	Checks       []Check       `json:"checks,omitempty"`
	Expectations []Expectation `json:"expectations"`
	TookMS       float64       `json:"took_ms"`
}

// Answer is what one principal got to the step's question. TookMS is what the
// server says that the search took, RoundTripMS what it took over HTTP, the
// verification of the token included.
type Answer struct {
	Principal   string   `json:"principal"`
	Results     []Result `json:"results"`
	Complete    bool     `json:"complete"`
	TookMS      float64  `json:"took_ms"`
	RoundTripMS float64  `json:"round_trip_ms"`
}

// Result is one passage of an answer.
type Result struct {
	Object eyeshot.Object `json:"object"`
	Title  string         `json:"title"`
	Score  float64        `json:"score"`
}

// Check is one question to OpenFGA, with its answer for each user.
type Check struct {
	Object   eyeshot.Object          `json:"object"`
	Relation string                  `json:"relation"`
	Answers  map[eyeshot.Object]bool `json:"answers"`
}

// Expectation is what the story says, and whether it came out so.
type Expectation struct {
	What string `json:"what"`
	Held bool   `json:"held"`
}

func (r Report) failed() []string {
	var out []string
	for _, step := range r.Steps {
		for _, expectation := range step.Expectations {
			if !expectation.Held {
				out = append(out, expectation.What)
			}
		}
	}
	return out
}

func (r Report) expectations() int {
	n := 0
	for _, step := range r.Steps {
		n += len(step.Expectations)
	}
	return n
}

func inMilliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
