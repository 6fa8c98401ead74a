// Package safetensors reads the safetensors format (github.com/huggingface/safetensors):
// eight bytes of header length, a JSON header that names tensors, their bytes.
// It checks the whole layout before it hands out anything, so that a truncated
// or corrupt file is an error that says what is wrong, and never a panic or a
// tensor of the wrong size.
//
// It is for reading the small files of embedding models that are in memory
// already. It neither writes nor converts, and knows no type of which the
// elements are smaller than a byte.
package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
)

// Tensor is one named array. Data holds its elements in row-major order,
// little endian, and is a part of the file's bytes: do not change it.
type Tensor struct {
	DType string // as the file has it: "F32", "F16", "I8", "I64" …
	Shape []int
	Data  []byte
}

// File holds the tensors of one file, by name.
type File map[string]Tensor

// prefixBytes is the length of the header's length.
const prefixBytes = 8

// maxHeaderBytes is the format's own limit on the header.
const maxHeaderBytes = 100_000_000

// Parse reads a file that is in memory. Errors wrap [eyeshot.ErrInvalid].
func Parse(data []byte) (File, error) {
	header, body, err := split(data)
	if err != nil {
		return nil, fmt.Errorf("reading safetensors: %w", err)
	}
	entries, err := parseHeader(header)
	if err != nil {
		return nil, fmt.Errorf("reading safetensors: %w", err)
	}
	if err := checkLayout(entries, len(body)); err != nil {
		return nil, fmt.Errorf("reading safetensors: %w", err)
	}
	file := make(File, len(entries))
	for _, e := range entries {
		file[e.name] = Tensor{DType: e.DType, Shape: e.Shape, Data: body[e.Offsets[0]:e.Offsets[1]:e.Offsets[1]]}
	}
	return file, nil
}

// Names lists the tensors in alphabetical order, for messages.
func (f File) Names() string {
	return strings.Join(slices.Sorted(maps.Keys(f)), ", ")
}

func split(data []byte) (header, body []byte, err error) {
	if len(data) < prefixBytes {
		return nil, nil, eyeshot.Invalid("file length", fmt.Sprint(len(data)), "is too short: the file is truncated or no safetensors file")
	}
	size, rest := binary.LittleEndian.Uint64(data), data[prefixBytes:]
	if size > maxHeaderBytes {
		return nil, nil, eyeshot.Invalid("header length", fmt.Sprint(size), fmt.Sprintf("is over %d: this is no safetensors file", maxHeaderBytes))
	}
	if size > uint64(len(rest)) {
		return nil, nil, eyeshot.Invalid("header length", fmt.Sprint(size), fmt.Sprintf("is more than the %d bytes that follow: the file is truncated", len(rest)))
	}
	return rest[:size], rest[size:], nil
}

// entry is one tensor of the header.
type entry struct {
	name    string
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets []uint64 `json:"data_offsets"` // first byte and the one after the last, in the body
}

// parseHeader returns the entries in the order of their bytes.
func parseHeader(header []byte) ([]entry, error) {
	if !bytes.HasPrefix(header, []byte("{")) {
		return nil, eyeshot.Invalid("header", "", "does not start with '{': this is no safetensors file")
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(header, &fields); err != nil {
		return nil, fmt.Errorf("parsing the header: %w: %w", eyeshot.ErrInvalid, err)
	}
	delete(fields, "__metadata__")
	entries := make([]entry, 0, len(fields))
	for name, raw := range fields {
		e := entry{name: name}
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, fmt.Errorf("parsing the header: tensor %.80q: %w: %w", name, eyeshot.ErrInvalid, err)
		}
		if len(e.Offsets) != 2 || e.Offsets[0] > e.Offsets[1] {
			return nil, eyeshot.Invalid("tensor", name, "must have two data_offsets in ascending order")
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if c := slices.Compare(a.Offsets, b.Offsets); c != 0 {
			return c
		}
		return strings.Compare(a.name, b.name)
	})
	return entries, nil
}

// checkLayout fails unless the tensors cover the body without a hole or an
// overlap, which the format demands, each with the bytes that its shape takes.
func checkLayout(entries []entry, bodyBytes int) error {
	end := uint64(0)
	for _, e := range entries {
		size, err := e.bytes()
		if err != nil {
			return err
		}
		first, last := e.Offsets[0], e.Offsets[1]
		switch {
		case first != end:
			return eyeshot.Invalid("tensor", e.name, fmt.Sprintf("starts at byte %d, where byte %d is next", first, end))
		case last-first != size:
			return eyeshot.Invalid("tensor", e.name, fmt.Sprintf("has %d bytes, its shape %v of %s takes %d", last-first, e.Shape, e.DType, size))
		case last > uint64(bodyBytes):
			return eyeshot.Invalid("tensor", e.name, fmt.Sprintf("ends at byte %d of %d: the file is truncated", last, bodyBytes))
		}
		end = last
	}
	if end != uint64(bodyBytes) {
		return eyeshot.Invalid("file", fmt.Sprint(bodyBytes-int(end)), "bytes follow the last tensor: the file is corrupt")
	}
	return nil
}

// bytes returns what the tensor takes by its type and shape.
func (e *entry) bytes() (uint64, error) {
	size := uint64(elementBytes(e.DType))
	if size == 0 {
		return 0, eyeshot.Invalid("tensor", e.name, fmt.Sprintf("has the unsupported type %.40q", e.DType))
	}
	for _, n := range e.Shape {
		over, product := bits.Mul64(size, uint64(n))
		if n < 0 || over != 0 {
			return 0, eyeshot.Invalid("tensor", e.name, fmt.Sprintf("has the impossible shape %v", e.Shape))
		}
		size = product
	}
	return size, nil
}

func elementBytes(dtype string) int {
	switch dtype {
	case "BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3":
		return 1
	case "U16", "I16", "F16", "BF16":
		return 2
	case "U32", "I32", "F32":
		return 4
	case "U64", "I64", "F64":
		return 8
	}
	return 0
}
