package static

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
)

// config is what this package takes from a config.json.
type config struct {
	maxTokens int // 0: no limit
}

// defaultMaxTokens is what Model2Vec takes where config.json has no max_length.
const defaultMaxTokens = 512

// parseConfig reads a config.json. "normalize" must be a boolean where it is
// given, and changes nothing: see [Embedder.Embed].
func parseConfig(data []byte) (config, error) {
	var file struct {
		Normalize *bool           `json:"normalize"`
		MaxLength json.RawMessage `json:"max_length"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return config{}, fmt.Errorf("reading config.json: %w: %w", eyeshot.ErrInvalid, err)
	}
	c := config{maxTokens: defaultMaxTokens}
	switch {
	case file.MaxLength == nil:
		return c, nil
	case bytes.Equal(file.MaxLength, []byte("null")):
		return config{}, nil
	}
	if err := json.Unmarshal(file.MaxLength, &c.maxTokens); err != nil || c.maxTokens < 1 || c.maxTokens > 1<<30 {
		return config{}, fmt.Errorf("reading config.json: %w", eyeshot.Invalid("max_length", string(file.MaxLength), "must be null or a positive number of tokens"))
	}
	return c, nil
}
