package obs

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/eyeshot-dev/eyeshot/retriever"
)

// Metrics holds the process's metrics in a registry of its own. It implements
// [retriever.Observer]. Durations are in seconds.
type Metrics struct {
	registry *prometheus.Registry
	stages   *prometheus.HistogramVec
	searches *prometheus.CounterVec
	checked  prometheus.Counter
	denied   prometheus.Counter
	requests *prometheus.HistogramVec
	refused  *prometheus.CounterVec
	stores   *prometheus.HistogramVec
	sources  sourceMetrics
	plans    *prometheus.HistogramVec
	misjudge *prometheus.HistogramVec
	refills  prometheus.Counter
}

// buckets run from 50 µs to 10 s.
var buckets = []float64{.00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// NewMetrics builds the metrics, those of Go's runtime and of the process
// included.
func NewMetrics() *Metrics {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	factory := promauto.With(registry)
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return factory.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	}
	return &Metrics{
		registry: registry,
		sources:  newSourceMetrics(factory),
		stages:   histogram("eyeshot_search_stage_seconds", "Time that each stage of a search took.", "stage"),
		requests: histogram("eyeshot_http_request_seconds", "Time that an HTTP request took.", "route", "method", "status"),
		stores:   histogram("eyeshot_store_seconds", "Time that an operation of the store took.", "operation", "ok"),
		plans:    histogram("eyeshot_search_plan_seconds", "Time that searching the store took, by the way that was planned.", "way"),
		misjudge: factory.NewHistogramVec(prometheus.HistogramOpts{
			Name: "eyeshot_search_plan_ratio", Help: "Time that searching the store took, divided by what the plan estimated.",
			Buckets: []float64{.1, .2, .5, .8, 1, 1.25, 2, 5, 10, 20, 50},
		}, []string{"way"}),
		refills:  factory.NewCounter(prometheus.CounterOpts{Name: "eyeshot_search_refills_total", Help: "Times that a search went on because the gate had removed candidates."}),
		searches: factory.NewCounterVec(prometheus.CounterOpts{Name: "eyeshot_searches_total", Help: "Searches answered, by mode and completeness."}, []string{"mode", "complete"}),
		checked:  factory.NewCounter(prometheus.CounterOpts{Name: "eyeshot_gate_checked_total", Help: "Documents that the gate decided about."}),
		denied:   factory.NewCounter(prometheus.CounterOpts{Name: "eyeshot_gate_denied_total", Help: "Documents that the gate removed from what the scope had let through."}),
		refused:  factory.NewCounterVec(prometheus.CounterOpts{Name: "eyeshot_unauthenticated_total", Help: "Requests refused for their token, by reason."}, []string{"reason"}),
	}
}

// Stage records how long a stage of a search took.
func (m *Metrics) Stage(stage string, took time.Duration) {
	m.stages.WithLabelValues(stage).Observe(took.Seconds())
}

// Search records how a search ended.
func (m *Metrics) Search(stats retriever.Stats) {
	m.searches.WithLabelValues(string(stats.Mode), strconv.FormatBool(stats.Complete)).Inc()
	m.checked.Add(float64(stats.Checked))
	m.denied.Add(float64(stats.Denied))
	m.refills.Add(float64(max(0, stats.Rounds-1)))
	m.plans.WithLabelValues(stats.Plan.Name()).Observe(stats.InStore.Seconds())
	if stats.Plan.Estimate > 0 {
		m.misjudge.WithLabelValues(stats.Plan.Name()).Observe(stats.InStore.Seconds() / stats.Plan.Estimate.Seconds())
	}
}

// Request records an HTTP request; route is the pattern, never the path.
func (m *Metrics) Request(route, method string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Observe(took.Seconds())
}

// Unauthenticated counts a request that was refused for its token.
func (m *Metrics) Unauthenticated(reason string) { m.refused.WithLabelValues(reason).Inc() }

// ObserveStore records an operation of the store.
func (m *Metrics) ObserveStore(operation string, took time.Duration, err error) {
	m.stores.WithLabelValues(operation, strconv.FormatBool(err == nil)).Observe(took.Seconds())
}

// Handler serves the metrics in Prometheus's text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
