package filters

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// Limits of a metadata filter.
const (
	MaxFilterDepth  = 8   // nested and/or
	MaxFilterNodes  = 100 // nodes in all
	MaxFilterValues = 1000
	MaxKeyBytes     = 128
	MaxValueBytes   = 1024
)

// ParseExpr reads a metadata filter in the shape that OpenAI's vector store
// search uses: {"type":"eq","key":"project","value":"PAY"}, or
// {"type":"and","filters":[…]}. Empty input and null are no filter. Errors are
// [eyeshot.InvalidError] and name the place, as in "filter.filters[1].type".
func ParseExpr(raw json.RawMessage) (store.Expr, error) {
	trimmed := bytes.TrimSpace(raw)
	if len(trimmed) == 0 || bytes.Equal(trimmed, []byte("null")) {
		return nil, nil
	}
	parser := exprParser{}
	return parser.node(trimmed, "filter", 1)
}

type exprParser struct{ nodes int }

type exprNode struct {
	Type    string            `json:"type"`
	Key     *string           `json:"key"`
	Value   json.RawMessage   `json:"value"`
	Filters []json.RawMessage `json:"filters"`
}

func (p *exprParser) node(raw json.RawMessage, at string, depth int) (store.Expr, error) {
	p.nodes++
	if depth > MaxFilterDepth {
		return nil, eyeshot.Invalid(at, "", fmt.Sprintf("is nested deeper than %d", MaxFilterDepth))
	}
	if p.nodes > MaxFilterNodes {
		return nil, eyeshot.Invalid("filter", "", fmt.Sprintf("has more than %d parts", MaxFilterNodes))
	}
	node, err := decodeNode(raw, at)
	if err != nil {
		return nil, err
	}
	switch op := store.Op(node.Type); op {
	case "and", "or":
		return p.group(node, at, depth)
	case store.Eq, store.Ne, store.Gt, store.Gte, store.Lt, store.Lte, store.In, store.Nin:
		return compareNode(op, node, at)
	}
	return nil, eyeshot.Invalid(at+".type", node.Type, "is not an operator: allowed are eq, ne, gt, gte, lt, lte, in, nin, and, or")
}

func decodeNode(raw json.RawMessage, at string) (exprNode, error) {
	var node exprNode
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&node); err != nil {
		return node, eyeshot.Invalid(at, "", "is not a filter object with type, key and value, or type and filters: "+strings.TrimPrefix(err.Error(), "json: "))
	}
	return node, nil
}

func (p *exprParser) group(node exprNode, at string, depth int) (store.Expr, error) {
	if node.Key != nil || node.Value != nil {
		return nil, eyeshot.Invalid(at, node.Type, "takes filters, and neither key nor value")
	}
	if len(node.Filters) == 0 {
		return nil, eyeshot.Invalid(at+".filters", "", "must list at least one filter")
	}
	parts := make([]store.Expr, len(node.Filters))
	for i, raw := range node.Filters {
		part, err := p.node(raw, fmt.Sprintf("%s.filters[%d]", at, i), depth+1)
		if err != nil {
			return nil, err
		}
		parts[i] = part
	}
	if node.Type == "and" {
		return store.And{Parts: parts}, nil
	}
	return store.Or{Parts: parts}, nil
}

func compareNode(op store.Op, node exprNode, at string) (store.Expr, error) {
	if node.Filters != nil {
		return nil, eyeshot.Invalid(at, node.Type, "takes key and value, and no filters")
	}
	if node.Key == nil || *node.Key == "" || len(*node.Key) > MaxKeyBytes {
		return nil, eyeshot.Invalid(at+".key", "", fmt.Sprintf("must be 1 to %d bytes", MaxKeyBytes))
	}
	value, err := decodeValue(op, node.Value, at+".value")
	if err != nil {
		return nil, err
	}
	return store.Compare{Key: *node.Key, Op: op, Value: value}, nil
}

func decodeValue(op store.Op, raw json.RawMessage, at string) (any, error) {
	var value any
	if len(raw) == 0 || json.Unmarshal(raw, &value) != nil {
		return nil, eyeshot.Invalid(at, "", "is missing or not JSON")
	}
	list, isList := value.([]any)
	if op == store.In || op == store.Nin {
		return checkList(list, isList, at)
	}
	if err := checkScalar(value, at); err != nil {
		return nil, err
	}
	if _, isBool := value.(bool); isBool && op != store.Eq && op != store.Ne {
		return nil, eyeshot.Invalid(at, "", fmt.Sprintf("of %s must be a string or a number", op))
	}
	return value, nil
}

func checkList(list []any, isList bool, at string) (any, error) {
	if !isList || len(list) == 0 || len(list) > MaxFilterValues {
		return nil, eyeshot.Invalid(at, "", fmt.Sprintf("must be a list of 1 to %d values", MaxFilterValues))
	}
	for i, value := range list {
		if err := checkScalar(value, fmt.Sprintf("%s[%d]", at, i)); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func checkScalar(value any, at string) error {
	switch v := value.(type) {
	case float64, bool:
		return nil
	case string:
		if len(v) > MaxValueBytes {
			return eyeshot.Invalid(at, v, fmt.Sprintf("is longer than %d bytes", MaxValueBytes))
		}
		return nil
	}
	return eyeshot.Invalid(at, "", "must be a string, a number or a boolean")
}
