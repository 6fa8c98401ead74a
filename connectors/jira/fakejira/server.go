package fakejira

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options say what a [Server] is like. The zero Options are Jira's defaults.
type Options struct {
	BaseURL  string // of the site, in links; "" is https://fake.example
	PageSize int    // the most issues, comments, users or members a page; 0 is 50
	// Hidden are fields of issues that the site's field configuration hides.
	Hidden []string
	// Alter, where set, may change the fields of an issue before they are told.
	Alter func(key string, fields map[string]any)
	// AfterPage, where set, is called after each page of a search with the number
	// of the page since the start, and may change the world: that is drift.
	AfterPage func(w *World, page int)
}

// Server is a fake Jira. It is an http.Handler, safe for concurrent use.
type Server struct {
	options Options
	mu      sync.RWMutex
	world   *World
	mux     *http.ServeMux
	faults  faults
	pages   int
}

// New is a fake Jira over a world, which belongs to the server from then on.
func New(w *World, options Options) *Server {
	if options.PageSize == 0 {
		options.PageSize = 50
	}
	if options.BaseURL == "" {
		options.BaseURL = "https://fake.example"
	}
	s := &Server{options: options, world: w, mux: http.NewServeMux()}
	s.routes()
	return s
}

// Change changes the world while nobody reads it.
func (s *Server) Change(change func(*World)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s.world)
}

// Look reads the world while nobody changes it.
func (s *Server) Look(look func(*World)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	look(s.world)
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(out http.ResponseWriter, in *http.Request) {
	if !s.faults.strike(out, in, http.HandlerFunc(s.answer)) {
		s.answer(out, in)
	}
}

func (s *Server) answer(out http.ResponseWriter, in *http.Request) {
	who, known := s.account(in)
	if !known {
		refuse(out, http.StatusUnauthorized, "Client must be authenticated to access this resource.")
		return
	}
	s.mux.ServeHTTP(out, in.WithContext(with(in.Context(), who)))
}

// account says who asks: by e-mail and API token, or by a bearer token. Nobody
// in particular is "". An account that may not log in is refused.
func (s *Server) account(in *http.Request) (string, bool) {
	email, token, basic := in.BasicAuth()
	bearer, isBearer := strings.CutPrefix(in.Header.Get("Authorization"), "Bearer ")
	if !basic && !isBearer {
		return "", in.Header.Get("Authorization") == ""
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, u := range s.world.Users {
		right := basic && u.Email == email && u.Token == token || isBearer && u.Token == bearer
		if right && u.Token != "" && s.world.MayLogIn(u.ID) {
			return u.ID, true
		}
	}
	return "", false
}

// ask is one request with the world as it is and who asks.
type ask struct {
	*http.Request
	world *World
	who   string
	s     *Server
}

type handler func(ask) (int, any)

// handle serves a route from the world, which stays as it is meanwhile.
func (s *Server) handle(pattern string, h handler) {
	s.mux.HandleFunc(pattern, func(out http.ResponseWriter, in *http.Request) {
		s.mu.RLock()
		status, body := h(ask{Request: in, world: s.world, who: whoOf(in.Context()), s: s})
		s.mu.RUnlock()
		if strings.HasSuffix(in.URL.Path, "/search/jql") && status == http.StatusOK {
			s.turned()
		}
		write(out, status, body)
	})
}

// admin serves a route to administrators alone.
func (s *Server) admin(pattern string, h handler) {
	s.handle(pattern, func(a ask) (int, any) {
		if a.who == "" {
			return http.StatusUnauthorized, problem("You are not authenticated. Authentication required to perform this operation.")
		}
		if !a.world.MayAdminister(a.who) {
			return http.StatusForbidden, problem("You do not have permission to perform this operation.")
		}
		return h(a)
	})
}

func (s *Server) turned() {
	if s.options.AfterPage == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages++
	s.options.AfterPage(s.world, s.pages)
}

func write(out http.ResponseWriter, status int, body any) {
	out.Header().Set("Content-Type", "application/json;charset=UTF-8")
	out.WriteHeader(status)
	_ = json.NewEncoder(out).Encode(body)
}

func refuse(out http.ResponseWriter, status int, message string) {
	write(out, status, problem(message))
}

// object is a JSON object.
type object = map[string]any

func problem(message string) object {
	return object{"errorMessages": []string{message}, "errors": object{}}
}

func notFound(what string) (int, any) {
	return http.StatusNotFound, problem(what + " does not exist or you do not have permission to see it.")
}

// stamp writes a time as Jira does: with milliseconds, and an offset without a
// colon.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000-0700") }
