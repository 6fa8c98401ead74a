// Package obs is what operators see of the process: structured logs and
// Prometheus metrics. It never sees a query, a token or a text, so it can't
// print one.
package obs

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
)

// NewLogger builds a logger that writes to w. Level is debug, info, warn or
// error; format is text or json.
func NewLogger(w io.Writer, level, format string) (*slog.Logger, error) {
	var parsed slog.Level
	if err := parsed.UnmarshalText([]byte(level)); err != nil || strings.ContainsAny(level, "+-") {
		return nil, eyeshot.Invalid("log.level", level, "must be debug, info, warn or error")
	}
	options := &slog.HandlerOptions{Level: parsed}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return nil, fmt.Errorf("building the logger: %w", eyeshot.Invalid("log.format", format, "must be text or json"))
}
