package fakeqdrant

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	qc "github.com/qdrant/go-client/qdrant"
)

func (c *collection) addVector(p *point, name string, vector *qc.Vector) (err error) {
	switch {
	case c.dense[name] != nil:
		p.dense[name], err = c.denseOf(name, vector.GetDense().GetData())
	case c.sparse[name] != nil:
		p.sparse[name], err = sparseOf(vector.GetSparse())
	default:
		err = badInput("Not existing vector name error: " + name)
	}
	return err
}

// denseOf checks a vector's dimension, and brings it to unit length where the
// distance is the cosine.
func (c *collection) denseOf(name string, data []float32) ([]float32, error) {
	params := c.dense[name]
	if uint64(len(data)) != params.GetSize() {
		return nil, badInput(fmt.Sprintf("Vector dimension error: expected dim: %d, got %d", params.GetSize(), len(data)))
	}
	sum := 0.0
	for _, x := range data {
		sum += float64(x) * float64(x)
	}
	if params.GetDistance() != qc.Distance_Cosine || sum == 0 || math.Abs(sum-1) < 1e-6 {
		return data, nil
	}
	unit := make([]float32, len(data))
	for i, x := range data {
		unit[i] = float32(float64(x) / math.Sqrt(sum))
	}
	return unit, nil
}

func sparseOf(vector *qc.SparseVector) (map[uint32]float32, error) {
	if len(vector.GetIndices()) != len(vector.GetValues()) {
		return nil, badInput("Validation error: values: must be the same length as indices")
	}
	sparse := make(map[uint32]float32, len(vector.GetIndices()))
	for i, index := range vector.GetIndices() {
		if _, twice := sparse[index]; twice {
			return nil, badInput("Validation error: indices: must be unique")
		}
		sparse[index] = vector.GetValues()[i]
	}
	return sparse, nil
}

// retrieved is a point as an answer holds it.
func (s points) retrieved(p *point, payload *qc.WithPayloadSelector, vectors *qc.WithVectorsSelector, payloadWhenUnset bool) (*qc.RetrievedPoint, error) {
	part, err := chosen(p.payload, payload, payloadWhenUnset)
	return &qc.RetrievedPoint{Id: p.id, Payload: part, Vectors: p.output(vectors, s.isOlder())}, err
}

// isOlder says whether the server claims a version before 1.17, which answers
// with vectors in fields that are deprecated since.
func (s points) isOlder() bool {
	return strings.HasPrefix(s.options.Version, "1.15.") || strings.HasPrefix(s.options.Version, "1.16.")
}

func (p *point) output(selector *qc.WithVectorsSelector, older bool) *qc.VectorsOutput {
	wanted := func(string) bool { return selector.GetEnable() }
	if include := selector.GetInclude(); include != nil {
		wanted = func(name string) bool { return slices.Contains(include.GetNames(), name) }
	}
	out := map[string]*qc.VectorOutput{}
	for name, vector := range p.dense {
		switch {
		case wanted(name) && older:
			//lint:ignore SA1019 it is what those servers answer with
			out[name] = &qc.VectorOutput{Data: vector}
		case wanted(name):
			out[name] = &qc.VectorOutput{Vector: &qc.VectorOutput_Dense{Dense: &qc.DenseVector{Data: vector}}}
		}
	}
	for name, vector := range p.sparse {
		if !wanted(name) {
			continue
		}
		sparse := &qc.SparseVector{Indices: slices.Sorted(maps.Keys(vector))}
		for _, index := range sparse.Indices {
			sparse.Values = append(sparse.Values, vector[index])
		}
		out[name] = &qc.VectorOutput{Vector: &qc.VectorOutput_Sparse{Sparse: sparse}}
		if older {
			//lint:ignore SA1019 it is what those servers answer with
			out[name] = &qc.VectorOutput{Data: sparse.Values, Indices: &qc.SparseIndices{Data: sparse.Indices}}
		}
	}
	if len(out) == 0 {
		return nil
	}
	return &qc.VectorsOutput{VectorsOptions: &qc.VectorsOutput_Vectors{Vectors: &qc.NamedVectorsOutput{Vectors: out}}}
}
