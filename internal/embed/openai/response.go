package openai

import (
	"bytes"
	"encoding/json"
)

// response is the part of the answer that is used.
type response struct {
	Data []struct {
		Index     *int            `json:"index"`
		Embedding json.RawMessage `json:"embedding"`
	} `json:"data"`
}

// limit is how long an answer of count vectors may be: 32 bytes a number are
// more than any server writes.
func (e *Embedder) limit(count int) int64 {
	const rest, number = 1 << 16, 32
	return rest + int64(count)*int64(e.config.Dimension)*number
}

// decode returns the vectors in the order of the request. It takes no answer
// in part: a server that errs in one vector may have mixed up the others.
func (e *Embedder) decode(data []byte, count int) ([][]float32, error) {
	var r response
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, invalid("the server's answer is not the JSON of embeddings: check the base URL")
	}
	if len(r.Data) != count {
		return nil, invalid("the server gave %d vectors for %d texts", len(r.Data), count)
	}
	vectors := make([][]float32, count)
	for _, item := range r.Data {
		switch {
		case item.Index == nil || *item.Index < 0 || *item.Index >= count:
			return nil, invalid("the server gave a vector without the number of one of the %d texts", count)
		case vectors[*item.Index] != nil:
			return nil, invalid("the server gave two vectors for text %d", *item.Index)
		}
		vector, err := e.decodeVector(item.Embedding)
		if err != nil {
			return nil, err
		}
		vectors[*item.Index] = vector
	}
	return vectors, nil
}

func (e *Embedder) decodeVector(raw json.RawMessage) ([]float32, error) {
	// Servers write a number that is none as null, and package json reads null as 0.
	if bytes.Contains(raw, []byte("null")) {
		return nil, invalid("the server gave a vector with null among its numbers")
	}
	vector := make([]float32, 0, e.config.Dimension)
	if err := json.Unmarshal(raw, &vector); err != nil {
		return nil, invalid("the server gave a vector that is not a list of finite 32-bit numbers")
	}
	if len(vector) != e.config.Dimension {
		return nil, invalid("the server's vectors have %d numbers and the configured dimension is %d", len(vector), e.config.Dimension)
	}
	return vector, nil
}
