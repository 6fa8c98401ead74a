package fgaserver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"sync"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/openfga/pkg/gateway"
	"github.com/openfga/openfga/pkg/logger"
	"github.com/openfga/openfga/pkg/server"
	"github.com/openfga/openfga/pkg/server/config"
	"github.com/openfga/openfga/pkg/storage"
	"github.com/openfga/openfga/pkg/storage/sqlcommon"
	"github.com/openfga/openfga/pkg/storage/sqlite"
	"google.golang.org/grpc"

	"github.com/eyeshot-dev/eyeshot/internal/authz/fgaserver/memindex"
)

// Server is an OpenFGA server in this process. It is safe for concurrent use.
type Server struct {
	fga       *server.Server
	sharing   *server.Server // of batches, see shareWithin; nil where reads are not pinned
	datastore storage.OpenFGADatastore
	channel   *channel
	transport *transport
	streams   *streamServer

	closing sync.Once
	closed  error
}

// Open opens the database in cfg.Dir, creates or migrates it if need be, loads
// the read index and starts the server. It fails when the file is no OpenFGA
// database, is damaged, or was written by a newer version. ctx bounds the
// opening only.
func Open(ctx context.Context, cfg Config) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	l := newLogger(cfg.Logger)
	ds, err := openDatastore(ctx, cfg, l)
	if err != nil {
		return nil, err
	}
	s, err := start(cfg, l, ds)
	if err != nil {
		ds.Close()
		return nil, err
	}
	return s, nil
}

func openDatastore(ctx context.Context, cfg Config, l logger.Logger) (storage.OpenFGADatastore, error) {
	db, err := openDatabase(ctx, cfg.Dir, cfg.Logger)
	if err != nil {
		return nil, err
	}
	plain, err := sqlite.NewWithDB(db, sqlcommon.NewConfig(
		sqlcommon.WithLogger(l), sqlcommon.WithMaxTuplesPerWrite(cfg.MaxTuplesPerWrite)))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start OpenFGA's SQLite datastore: %w", err), db.Close())
	}
	if cfg.PlainSQLite {
		return plain, nil
	}
	indexed, err := memindex.New(ctx, plain, rows{db}, cfg.Logger)
	if err != nil {
		plain.Close()
		return nil, fmt.Errorf("authorization database in %s: %w", cfg.Dir, err)
	}
	return indexed, nil
}

func start(cfg Config, l *logger.ZapLogger, ds storage.OpenFGADatastore) (*Server, error) {
	fga, err := server.NewServerWithOpts(options(cfg, l, ds)...)
	if err != nil {
		return nil, fmt.Errorf("start OpenFGA: %w", err)
	}
	s := &Server{fga: fga, datastore: ds}
	if err := s.serve(cfg, l); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

func (s *Server) serve(cfg Config, l *logger.ZapLogger) (err error) {
	subjects := newSubjects(cfg, s.datastore)
	intercept := unaryInterceptors(cfg.Logger, l, subjects)
	if !cfg.PlainSQLite {
		if s.sharing, err = startSharing(cfg, l, s.datastore); err != nil {
			return fmt.Errorf("start OpenFGA for batches: %w", err)
		}
		intercept = append(intercept, shareWithin(s.sharing, subjects))
	}
	if s.streams, err = serveStreams(s.fga, streamInterceptors(cfg.Logger, l)); err != nil {
		return err
	}
	s.channel = newChannel(s.fga, chainUnary(intercept), s.streams.conn)
	handler, err := newGateway(s.channel, l)
	if err != nil {
		return err
	}
	s.transport = &transport{handler: handler, flights: newFlights()}
	return nil
}

// end closes what runs, the datastore too.
func (s *Server) end() {
	if s.streams != nil {
		s.streams.close()
	}
	if s.sharing != nil {
		s.sharing.Close()
	}
	s.fga.Close()
}

func options(cfg Config, l logger.Logger, ds storage.OpenFGADatastore) []server.OpenFGAServiceV1Option {
	return []server.OpenFGAServiceV1Option{
		server.WithDatastore(ds),
		server.WithContinuationTokenSerializer(sqlcommon.NewSQLContinuationTokenSerializer()),
		server.WithLogger(l),
		server.WithTransport(gateway.NewRPCTransport(l)),
		server.WithExperimentals(append(config.DefaultConfig().Experimentals, cfg.Experimentals...)...),
		server.WithMaxChecksPerBatchCheck(uint32(cfg.MaxChecksPerBatchCheck)),
		server.WithListObjectsMaxResults(uint32(cfg.ListObjectsMaxResults)),
		server.WithListUsersMaxResults(uint32(cfg.ListUsersMaxResults)),
		// Reads take microseconds, so goroutines that wait for them are worth
		// less than they cost: one check runs in one go, and short-circuits,
		// and the cores are shared among the checks of a batch.
		server.WithResolveNodeBreadthLimit(1),
		server.WithMaxConcurrentChecksPerBatchCheck(uint32(runtime.GOMAXPROCS(0))),
		// When these deadlines pass, OpenFGA returns a part of the list as if
		// it were all of it. The request's own context bounds the call, and
		// its end is an error.
		server.WithListObjectsDeadline(0),
		server.WithListUsersDeadline(0),
		// The end of a request ends its reads.
		server.WithContextPropagationToDatastore(true),
		// SECURITY: an answer comes from the tuples as they are now. These are
		// OpenFGA's defaults; they are spelled out so that they stay.
		server.WithCheckQueryCacheEnabled(false),
		server.WithCheckIteratorCacheEnabled(false),
		server.WithListObjectsIteratorCacheEnabled(false),
		server.WithSharedIteratorEnabled(false),
		server.WithCacheControllerEnabled(false),
	}
}

// Transport returns the HTTP transport that reaches this server. The host of a
// request's URL means nothing; its path is that of OpenFGA's HTTP API.
func (s *Server) Transport() http.RoundTripper { return s.transport }

// Conn returns the gRPC connection that the transport stands on.
func (s *Server) Conn() grpc.ClientConnInterface { return s.channel }

// Datastore returns the datastore that the server reads and writes, so that
// OpenFGA's own suites can be run against it. Writing to it passes the server's
// validation by.
func (s *Server) Datastore() storage.OpenFGADatastore { return s.datastore }

// Ready reports whether the database answers.
func (s *Server) Ready(ctx context.Context) error {
	ready, err := s.fga.IsReady(ctx)
	if err != nil {
		return fmt.Errorf("authorization database: %w", err)
	}
	if !ready {
		return errors.New("authorization database: not ready")
	}
	return nil
}

// Close refuses new requests, waits for those in flight until ctx ends, cancels
// those that remain, and closes the database. Nothing of the server runs on
// after it has returned. The error is ctx's, if requests had to be cancelled.
func (s *Server) Close(ctx context.Context) error {
	s.closing.Do(func() {
		s.closed = s.transport.flights.close(ctx)
		s.end()
	})
	return s.closed
}

var _ openfgav1.OpenFGAServiceServer = (*server.Server)(nil)
