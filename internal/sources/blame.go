package sources

import (
	"errors"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/httpsource"
)

// blame says whose answer an error was. That the source refuses its key, or has
// nothing at an address, is a matter of its configuration: whoever asks Eyeshot
// about the source has a valid token, and the source is known.
func (s *source) blame(err error) error {
	var status *httpsource.StatusError
	if !errors.As(err, &status) {
		return err
	}
	switch {
	case errors.Is(status, eyeshot.ErrUnauthenticated), errors.Is(status, eyeshot.ErrForbidden):
		return fmt.Errorf("%w: source %q refuses the credentials in %s: %v", eyeshot.ErrInvalid, s.config.Name, s.config.KeyEnv, err)
	case errors.Is(status, eyeshot.ErrNotFound):
		return fmt.Errorf("%w: at the url of source %q is not what a source of type %s has: %v", eyeshot.ErrInvalid, s.config.Name, s.config.Type, err)
	}
	return err
}
