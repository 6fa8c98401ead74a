package embed_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/embed"
)

func TestUnitGivesLengthOne(t *testing.T) {
	for _, v := range [][]float32{{3, 4}, {-1e-20, 1e-20}, {1e30, -1e30, 1e30}, {math.SmallestNonzeroFloat32}, {math.MaxFloat32, math.MaxFloat32}} {
		vector := append([]float32(nil), v...)
		if err := embed.Unit(vector); err != nil {
			t.Errorf("%v: %v", v, err)
		}
		var squares float64
		for _, x := range vector {
			squares += float64(x) * float64(x)
		}
		if math.Abs(squares-1) > 1e-6 {
			t.Errorf("%v became %v, of squared length %v", v, vector, squares)
		}
	}
}

func TestUnitLeavesTheZeroVectorAlone(t *testing.T) {
	vector := make([]float32, 3)
	if err := embed.Unit(vector); err != nil || vector[0] != 0 || vector[1] != 0 || vector[2] != 0 {
		t.Errorf("%v, %v", vector, err)
	}
}

func TestUnitRefusesWhatIsNotFinite(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, vector := range [][]float32{{1, nan}, {inf, 1}, {-inf}, {inf, nan}} {
		if err := embed.Unit(vector); !errors.Is(err, eyeshot.ErrInvalid) {
			t.Errorf("%v: error %v, want ErrInvalid", vector, err)
		}
	}
}

func TestEndedTellsOfTheContextAndThatARetryMayHelp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := embed.Ended(ctx)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, eyeshot.ErrUnavailable) {
		t.Errorf("error %v, want context.Canceled and ErrUnavailable", err)
	}
}
