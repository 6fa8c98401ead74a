package fgaserver

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

const streamPath = "http://openfga.internal/stores/x/streamed-list-objects"

func newTransport(h http.HandlerFunc) *transport {
	return &transport{handler: h, flights: newFlights()}
}

func post(t *testing.T, ctx context.Context, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("{}"))
	require.NoError(t, err)
	return req
}

func TestClosingWaitsForTheRequestsInFlight(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	tr := newTransport(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-release
		_, _ = io.WriteString(w, "done")
	})
	answered := make(chan error, 1)
	go func() {
		res, err := tr.RoundTrip(post(t, context.Background(), "http://openfga.internal/"))
		if err == nil {
			_, err = io.ReadAll(res.Body)
		}
		answered <- err
	}()
	<-begun
	closed := make(chan error, 1)
	go func() { closed <- tr.flights.close(context.Background()) }()
	for tr.accepts() {
	}
	select {
	case <-closed:
		t.Fatal("closed with a request in flight")
	default:
	}
	close(release)
	require.NoError(t, <-answered)
	require.NoError(t, <-closed)
}

// accepts reports whether new requests are still taken.
func (t *transport) accepts() bool {
	t.flights.mu.Lock()
	defer t.flights.mu.Unlock()
	return !t.flights.closed
}

func TestClosingEndsRequestsThatTakeTooLong(t *testing.T) {
	begun := make(chan struct{})
	tr := newTransport(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
	})
	answered := make(chan error, 1)
	go func() {
		_, err := tr.RoundTrip(post(t, context.Background(), "http://openfga.internal/"))
		answered <- err
	}()
	<-begun
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, tr.flights.close(ctx), context.Canceled)
	require.ErrorIs(t, <-answered, ErrClosed)
}

func TestAnAnswerThatTheEndOfItsContextMayHaveCutIsNotGiven(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	tr := newTransport(func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		_, _ = io.WriteString(w, `{"objects":["the first"]}`)
	})
	_, err := tr.RoundTrip(post(t, ctx, "http://openfga.internal/"))
	require.ErrorIs(t, err, context.Canceled)
}

func TestAStreamThatIsCutOffDoesNotEndAsIfItWereWhole(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	wrote := make(chan struct{})
	tr := newTransport(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "first\n")
		close(wrote)
		<-r.Context().Done()
	})
	res, err := tr.RoundTrip(post(t, ctx, streamPath))
	require.NoError(t, err)
	defer res.Body.Close()
	buf := make([]byte, 6)
	_, err = io.ReadFull(res.Body, buf)
	require.NoError(t, err)
	<-wrote
	cancel()
	_, err = io.ReadAll(res.Body)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, tr.flights.close(context.Background()))
}

func TestClosingTheBodyOfAStreamStopsIt(t *testing.T) {
	tr := newTransport(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, "more\n")
		}
	})
	res, err := tr.RoundTrip(post(t, context.Background(), streamPath))
	require.NoError(t, err)
	_, err = io.ReadFull(res.Body, make([]byte, 100))
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.NoError(t, tr.flights.close(context.Background()))
}

func TestAStreamMayEndWithoutHavingBegun(t *testing.T) {
	tr := newTransport(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	res, err := tr.RoundTrip(post(t, context.Background(), streamPath))
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusTeapot, res.StatusCode)
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Empty(t, b)
	require.NoError(t, tr.flights.close(context.Background()))
}

// cutter is a server whose list ends when the request's context does, without
// an error, as OpenFGA's do.
type cutter struct {
	openfgav1.UnimplementedOpenFGAServiceServer
	cancel context.CancelFunc
}

// ListObjects implements openfgav1.OpenFGAServiceServer.
func (c cutter) ListObjects(ctx context.Context, _ *openfgav1.ListObjectsRequest) (*openfgav1.ListObjectsResponse, error) {
	c.cancel()
	_ = grpc.SetHeader(ctx, metadata.Pairs("x-seen", "yes"))
	return &openfgav1.ListObjectsResponse{Objects: []string{"doc:first"}}, nil
}

// GetStore implements openfgav1.OpenFGAServiceServer.
func (cutter) GetStore(context.Context, *openfgav1.GetStoreRequest) (*openfgav1.GetStoreResponse, error) {
	return nil, errors.New("plain error")
}

func TestACallWhoseContextHasEndedIsAnErrorEvenIfTheServerAnswered(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c := openfgav1.NewOpenFGAServiceClient(newChannel(cutter{cancel: cancel}, chainUnary(nil), nil))
	var header metadata.MD
	_, err := c.ListObjects(ctx, &openfgav1.ListObjectsRequest{}, grpc.Header(&header))
	require.Equal(t, codes.Canceled, status.Code(err))
	require.Equal(t, []string{"yes"}, header.Get("x-seen"))
}

func TestErrorsOfTheChannelAreStatuses(t *testing.T) {
	ch := newChannel(cutter{}, chainUnary(nil), nil)
	c := openfgav1.NewOpenFGAServiceClient(ch)
	_, err := c.GetStore(context.Background(), &openfgav1.GetStoreRequest{})
	require.Equal(t, codes.Unknown, status.Code(err))
	_, err = c.ListStores(context.Background(), &openfgav1.ListStoresRequest{})
	require.Equal(t, codes.Unimplemented, status.Code(err))
	require.Equal(t, codes.Unimplemented, status.Code(ch.Invoke(context.Background(), "/none/such", nil, nil)))
}
