package static

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static/safetensors"
)

// setTensors takes over "embeddings" [rows, dimension] and, where the file has
// them, "weights" [tokens] and "mapping" [tokens], and makes sure that every
// token id has a weight and a row.
func (e *Embedder) setTensors(file safetensors.File) error {
	rows, err := e.setRows(file)
	if err != nil {
		return err
	}
	if weights, ok := file["weights"]; ok {
		if e.weights, err = readWeights(weights, e.tokenizer.MaxID()); err != nil {
			return err
		}
	}
	if mapping, ok := file["mapping"]; ok {
		e.mapping, err = readMapping(mapping, e.tokenizer.MaxID(), rows)
		return err
	}
	if rows != e.tokenizer.Size() || rows <= int(e.tokenizer.MaxID()) {
		return eyeshot.Invalid("embeddings", fmt.Sprint(rows), fmt.Sprintf(
			"rows do not fit the tokenizer's %d tokens with ids up to %d, and there is no mapping", e.tokenizer.Size(), e.tokenizer.MaxID()))
	}
	return nil
}

func (e *Embedder) setRows(file safetensors.File) (rows int, err error) {
	tensor, ok := file["embeddings"]
	if !ok {
		return 0, eyeshot.Invalid("tensors", file.Names(), `must include "embeddings"`)
	}
	if len(tensor.Shape) != 2 || tensor.Shape[0] < 1 || tensor.Shape[1] < 1 {
		return 0, eyeshot.Invalid("embeddings", fmt.Sprint(tensor.Shape), "must have the shape [rows, dimension]")
	}
	values := rowBytes{data: tensor.Data, columns: tensor.Shape[1]}
	switch tensor.DType {
	case "I8":
		e.rows = int8Matrix{values}
	case "F16":
		e.rows = float16Matrix{values}
	case "F32":
		e.rows = float32Matrix{values}
	case "F64":
		e.rows = float64Matrix{values}
	default:
		return 0, eyeshot.Invalid("embeddings", tensor.DType, "is not supported: only I8, F16, F32 and F64 are")
	}
	return tensor.Shape[0], nil
}

// readWeights converts a vector of at least maxID + 1 finite weights.
func readWeights(tensor safetensors.Tensor, maxID int32) ([]float32, error) {
	if err := checkPerToken("weights", tensor, maxID); err != nil {
		return nil, err
	}
	var column matrix
	values := rowBytes{data: tensor.Data, columns: 1}
	switch tensor.DType {
	case "F16":
		column = float16Matrix{values}
	case "F32":
		column = float32Matrix{values}
	case "F64":
		column = float64Matrix{values}
	default:
		return nil, eyeshot.Invalid("weights", tensor.DType, "is not supported: only F16, F32 and F64 are")
	}
	weights := make([]float32, tensor.Shape[0])
	for i := range weights {
		column.addRow(weights[i:i+1], i, 1)
		if w := float64(weights[i]); math.IsNaN(w) || math.IsInf(w, 0) {
			return nil, eyeshot.Invalid("weights", fmt.Sprint(w), fmt.Sprintf("is no finite number, at token %d", i))
		}
	}
	return weights, nil
}

// readMapping converts a vector of at least maxID + 1 row numbers.
func readMapping(tensor safetensors.Tensor, maxID int32, rows int) ([]int32, error) {
	if err := checkPerToken("mapping", tensor, maxID); err != nil {
		return nil, err
	}
	mapping := make([]int32, tensor.Shape[0])
	for i := range mapping {
		var row int64
		switch tensor.DType {
		case "I64":
			row = int64(binary.LittleEndian.Uint64(tensor.Data[8*i:]))
		case "I32":
			row = int64(int32(binary.LittleEndian.Uint32(tensor.Data[4*i:])))
		default:
			return nil, eyeshot.Invalid("mapping", tensor.DType, "is not supported: only I32 and I64 are")
		}
		if row < 0 || row >= int64(rows) || row > math.MaxInt32 {
			return nil, eyeshot.Invalid("mapping", fmt.Sprint(row), fmt.Sprintf("is not among the %d rows, at token %d", rows, i))
		}
		mapping[i] = int32(row)
	}
	return mapping, nil
}

func checkPerToken(name string, tensor safetensors.Tensor, maxID int32) error {
	if len(tensor.Shape) != 1 || tensor.Shape[0] <= int(maxID) {
		return eyeshot.Invalid(name, fmt.Sprint(tensor.Shape), fmt.Sprintf("must be a vector of one value a token: at least %d", maxID+1))
	}
	return nil
}
