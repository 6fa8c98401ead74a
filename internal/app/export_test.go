package app

import "github.com/eyeshot-dev/eyeshot/internal/store"

// WithStore puts something between the product and its store.
func WithStore(options Options, wrap func(store.Driver) store.Driver) Options {
	options.wrapStore = wrap
	return options
}
