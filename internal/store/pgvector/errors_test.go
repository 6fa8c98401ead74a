package pgvector

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
)

func TestAnErrorSaysWhetherARetryMayHelp(t *testing.T) {
	for code, want := range map[string]error{
		"40001": eyeshot.ErrUnavailable, "40P01": eyeshot.ErrUnavailable, "57014": eyeshot.ErrUnavailable, "57P01": eyeshot.ErrUnavailable,
		"08006": eyeshot.ErrUnavailable, "53300": eyeshot.ErrUnavailable, "25P03": eyeshot.ErrUnavailable, "55P03": eyeshot.ErrUnavailable, "XX000": eyeshot.ErrUnavailable,
		"22021": eyeshot.ErrInvalid, "54000": eyeshot.ErrInvalid, "23505": eyeshot.ErrInvalid,
		"28P01": eyeshot.ErrConflict, "3D000": eyeshot.ErrConflict, "42501": eyeshot.ErrConflict, "42P01": eyeshot.ErrConflict,
	} {
		err := classify(fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: code, Message: "secret", Detail: "secret", Hint: "secret"}))
		require.ErrorIs(t, err, want, code)
		require.ErrorContains(t, err, code)
		require.NotContains(t, err.Error(), "secret")
	}
	require.ErrorIs(t, classify(context.DeadlineExceeded), eyeshot.ErrUnavailable)
	require.ErrorIs(t, classify(context.Canceled), context.Canceled)
	require.NoError(t, classify(nil))
}

func TestAStatementThatTakesTooLongIsUnavailable(t *testing.T) {
	w := newWorld(t, Config{StatementTimeout: time.Second}, 0)
	_, err := w.others.Exec(t.Context(), "SELECT pg_sleep(60)")
	require.ErrorIs(t, classify(err), eyeshot.ErrUnavailable)
	require.ErrorContains(t, classify(err), "took too long")
}

func TestASchemaIsAPlainName(t *testing.T) {
	for _, schema := range []string{"a b", "a;DROP TABLE x", `a"`, "A", "1a", "é"} {
		_, err := Open(t.Context(), Config{DSN: "host=/nowhere", Schema: schema})
		require.ErrorIs(t, err, eyeshot.ErrInvalid, schema)
		require.ErrorContains(t, err, "store.pgvector.schema")
	}
}
