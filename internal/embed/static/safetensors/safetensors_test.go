package safetensors_test

import (
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static/safetensors"
)

// file puts a header and a body together as the format lays them out.
func file(header string, body string) []byte {
	data := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(data, header...), body...)
}

const twoTensors = `{"__metadata__":{"format":"pt"},
	"b":{"dtype":"I16","shape":[1,2],"data_offsets":[3,7]},
	"a":{"dtype":"I8","shape":[3],"data_offsets":[0,3]},
	"none":{"dtype":"F64","shape":[0,4],"data_offsets":[7,7]}}  `

func TestParseReadsTensors(t *testing.T) {
	got, err := safetensors.Parse(file(twoTensors, "abcdefg"))
	if err != nil {
		t.Fatal(err)
	}
	want := safetensors.File{
		"a":    {DType: "I8", Shape: []int{3}, Data: []byte("abc")},
		"b":    {DType: "I16", Shape: []int{1, 2}, Data: []byte("defg")},
		"none": {DType: "F64", Shape: []int{0, 4}, Data: []byte{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tensors (-want +got):\n%s", diff)
	}
	if got.Names() != "a, b, none" {
		t.Errorf("names %q", got.Names())
	}
}

func TestAScalarTakesOneElement(t *testing.T) {
	got, err := safetensors.Parse(file(`{"x":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}`, "abcd"))
	if err != nil || len(got["x"].Data) != 4 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAppendingToATensorLeavesTheNextAlone(t *testing.T) {
	got, err := safetensors.Parse(file(twoTensors, "abcdefg"))
	if err != nil {
		t.Fatal(err)
	}
	_ = append(got["a"].Data, 'X')
	if string(got["b"].Data) != "defg" {
		t.Errorf("tensor b became %q", got["b"].Data)
	}
}

func TestCorruptFilesAreRefusedWithWhatIsWrong(t *testing.T) {
	one := func(fields string) []byte { return file(`{"x":{`+fields+`}}`, "abcd") }
	cases := map[string]struct {
		data []byte
		says string
	}{
		"empty file":             {nil, "too short"},
		"part of the length":     {[]byte{1, 2, 3}, "too short"},
		"length beyond the file": {file(twoTensors, "")[:40], "the file is truncated"},
		"an absurd length":       {[]byte("<!DOCTYPE html><html>"), "no safetensors file"},
		"a header of no JSON":    {file("{nonsense}", ""), "parsing the header"},
		"a header that is a list": {
			file("[]", ""), "does not start with '{'"},
		"an empty header":         {file("", ""), "does not start with '{'"},
		"a tensor of no object":   {file(`{"x":1}`, ""), `tensor "x"`},
		"an unknown type":         {one(`"dtype":"F4","shape":[8],"data_offsets":[0,4]`), `unsupported type "F4"`},
		"no offsets":              {one(`"dtype":"I8","shape":[4]`), "two data_offsets"},
		"three offsets":           {one(`"dtype":"I8","shape":[4],"data_offsets":[0,2,4]`), "two data_offsets"},
		"offsets that descend":    {one(`"dtype":"I8","shape":[4],"data_offsets":[4,0]`), "ascending"},
		"a negative offset":       {one(`"dtype":"I8","shape":[4],"data_offsets":[-4,0]`), `tensor "x"`},
		"a negative shape":        {one(`"dtype":"I8","shape":[-4],"data_offsets":[0,4]`), "impossible shape"},
		"a shape that overflows":  {one(`"dtype":"F32","shape":[4294967296,4294967297],"data_offsets":[0,4]`), "impossible shape"},
		"a shape of other size":   {one(`"dtype":"I8","shape":[5],"data_offsets":[0,4]`), "takes 5"},
		"a hole at the start":     {one(`"dtype":"I8","shape":[3],"data_offsets":[1,4]`), "byte 0 is next"},
		"bytes at the end":        {one(`"dtype":"I8","shape":[3],"data_offsets":[0,3]`), "follow the last tensor"},
		"a truncated body":        {file(twoTensors, "abcde"), "the file is truncated"},
		"tensors that overlap":    {file(`{"a":{"dtype":"I8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"I8","shape":[2],"data_offsets":[2,4]}}`, "abcd"), "byte 3 is next"},
		"bytes without tensors":   {file("{}", "abcd"), "follow the last tensor"},
		"a number for a name":     {file(`{"x":{"dtype":8,"shape":[4],"data_offsets":[0,4]}}`, "abcd"), `tensor "x"`},
		"a shape with a fraction": {one(`"dtype":"I8","shape":[4.5],"data_offsets":[0,4]`), `tensor "x"`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := safetensors.Parse(c.data)
			if !errors.Is(err, eyeshot.ErrInvalid) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want ErrInvalid that says %q", err, c.says)
			}
		})
	}
}

func TestEveryTruncationOfTheBuiltInModelsHeadIsRefused(t *testing.T) {
	data, err := os.ReadFile("../../model/model.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := safetensors.Parse(data); err != nil {
		t.Fatalf("the whole file: %v", err)
	}
	for size := range 1000 {
		if _, err := safetensors.Parse(data[:size]); !errors.Is(err, eyeshot.ErrInvalid) {
			t.Fatalf("first %d bytes: error %v, want ErrInvalid", size, err)
		}
	}
	if _, err := safetensors.Parse(data[:len(data)-1]); !errors.Is(err, eyeshot.ErrInvalid) {
		t.Errorf("one byte short: error %v, want ErrInvalid", err)
	}
}

// FuzzParse states that any file either fails with ErrInvalid or gives tensors
// that lie within it and together make up its body.
func FuzzParse(f *testing.F) {
	f.Add(file(twoTensors, "abcdefg"))
	f.Add(file("{}", ""))
	f.Add(file(`{"x":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}`, "abcd"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := safetensors.Parse(data)
		if err != nil {
			if !errors.Is(err, eyeshot.ErrInvalid) {
				t.Fatalf("error %v does not wrap ErrInvalid", err)
			}
			return
		}
		total := 0
		for _, tensor := range got {
			total += len(tensor.Data)
		}
		header := binary.LittleEndian.Uint64(data)
		if total != len(data)-8-int(header) {
			t.Fatalf("tensors of %d bytes in a file of %d with a header of %d", total, len(data), header)
		}
	})
}
