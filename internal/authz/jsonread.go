package authz

import (
	"encoding/json"
	"errors"
	"fmt"
)

// open reads the start of an object.
func open(reader *json.Decoder) error {
	token, err := reader.Token()
	if err != nil {
		return err
	}
	if token != json.Delim('{') {
		return fmt.Errorf("found %v where an object should start", token)
	}
	return nil
}

// eachKey calls visit for each key up to the end of the object that was opened;
// visit has to read the key's value. A key that comes twice is visited twice.
func eachKey(reader *json.Decoder, visit func(key string) error) error {
	for reader.More() {
		token, err := reader.Token()
		if err != nil {
			return err
		}
		key, ok := token.(string)
		if !ok {
			return fmt.Errorf("found %v where a key should be", token)
		}
		if err := visit(key); err != nil {
			return err
		}
	}
	_, err := reader.Token()
	return err
}

func skip(reader *json.Decoder) error {
	var ignored json.RawMessage
	return reader.Decode(&ignored)
}

func errMissing(field string) error { return fmt.Errorf("it has no %q", field) }

// errSamePage stops a read that would go round in a circle for ever.
func errSamePage() error { return errors.New("it continues at the page that it came from") }
