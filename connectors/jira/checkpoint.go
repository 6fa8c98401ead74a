package jira

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// checkpoint is what a reading goes on from.
type checkpoint struct {
	Version int       `json:"v"`
	At      time.Time `json:"at"`             // Jira's time at which the reading began
	Done    []string  `json:"done,omitempty"` // projects that a Snapshot has told
	Live    []string  `json:"live,omitempty"` // projects that were there, with their keys
}

const checkpointVersion = 1

func (c checkpoint) text() string {
	c.Version = checkpointVersion
	text, err := json.Marshal(c)
	// A list of projects that is too long is left out: then a Snapshot begins
	// anew, and Changes tells all.
	if err != nil || len(text) > 60<<10 {
		text, _ = json.Marshal(checkpoint{Version: checkpointVersion, At: c.At})
	}
	return string(text)
}

func parseCheckpoint(text string) (checkpoint, error) {
	var c checkpoint
	if err := json.Unmarshal([]byte(text), &c); err != nil || c.Version != checkpointVersion || c.At.IsZero() {
		return checkpoint{}, fmt.Errorf("%w: it is not one of this connector", connectors.ErrCheckpoint)
	}
	return c, nil
}

func deleted(object eyeshot.Object) connectors.Item {
	return connectors.Item{Deleted: true, Document: eyeshot.Document{Object: object}}
}
