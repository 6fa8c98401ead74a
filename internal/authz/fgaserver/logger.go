package fgaserver

import (
	"context"
	"log/slog"

	"github.com/openfga/openfga/pkg/logger"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// newLogger gives OpenFGA a logger that writes to log. Fatal messages are
// logged as errors and do not end the process, which is not OpenFGA's to end.
func newLogger(log *slog.Logger) *logger.ZapLogger {
	return &logger.ZapLogger{Logger: zap.New(slogCore{log}, zap.WithFatalHook(stayAlive{}))}
}

type stayAlive struct{}

// OnWrite implements zapcore.CheckWriteHook.
func (stayAlive) OnWrite(*zapcore.CheckedEntry, []zapcore.Field) {}

// slogCore is a zapcore.Core on top of slog.
type slogCore struct{ log *slog.Logger }

var _ zapcore.Core = slogCore{}

// levelOf puts OpenFGA's info at debug: it writes a line for every request.
func levelOf(l zapcore.Level) slog.Level {
	switch {
	case l < zapcore.WarnLevel:
		return slog.LevelDebug
	case l == zapcore.WarnLevel:
		return slog.LevelWarn
	default:
		return slog.LevelError
	}
}

// Enabled implements zapcore.Core.
func (c slogCore) Enabled(l zapcore.Level) bool {
	return c.log.Enabled(context.Background(), levelOf(l))
}

// With implements zapcore.Core.
func (c slogCore) With(fields []zapcore.Field) zapcore.Core {
	return slogCore{c.log.With(attrs(fields)...)}
}

// Check implements zapcore.Core.
func (c slogCore) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return ce.AddCore(e, c)
	}
	return ce
}

// Write implements zapcore.Core.
func (c slogCore) Write(e zapcore.Entry, fields []zapcore.Field) error {
	c.log.Log(context.Background(), levelOf(e.Level), "openfga: "+e.Message, attrs(fields)...)
	return nil
}

// Sync implements zapcore.Core.
func (slogCore) Sync() error { return nil }

func attrs(fields []zapcore.Field) []any {
	enc := zapcore.NewMapObjectEncoder()
	out := make([]any, 0, len(fields))
	for _, f := range fields {
		f.AddTo(enc)
		out = append(out, slog.Any(f.Key, enc.Fields[f.Key]))
	}
	return out
}
