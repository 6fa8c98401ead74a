package obs

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/eyeshot-dev/eyeshot/indexer/sync"
)

// sourceMetrics are the metrics of syncs and audits, by source.
type sourceMetrics struct {
	syncs  *prometheus.CounterVec
	took   *prometheus.HistogramVec
	lag    *prometheus.GaugeVec
	closed *prometheus.GaugeVec
	drift  *prometheus.GaugeVec
}

func newSourceMetrics(factory promauto.Factory) sourceMetrics {
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return factory.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	}
	return sourceMetrics{
		syncs: factory.NewCounterVec(prometheus.CounterOpts{Name: "eyeshot_syncs_total", Help: "Syncs that ended."}, []string{"source", "mode", "ok"}),
		took: factory.NewHistogramVec(prometheus.HistogramOpts{Name: "eyeshot_sync_seconds", Help: "Time that a sync took.",
			Buckets: []float64{.1, .5, 1, 5, 15, 60, 300, 900, 3600, 14400}}, []string{"source", "mode"}),
		lag:    gauge("eyeshot_sync_lag_seconds", "Longest time in the last sync from a change to its being in force.", "source", "of"),
		closed: gauge("eyeshot_sync_closed", "Documents of the last sync that nobody reads or that are held back, and accounts that are nobody's.", "source", "why"),
		drift:  gauge("eyeshot_drift", "Differences that the last audit found between what is in force and the live source.", "source", "kind"),
	}
}

// Synced records how a sync ended.
func (m *Metrics) Synced(source, mode string, ok bool, report sync.Report) {
	m.sources.syncs.WithLabelValues(source, mode, strconv.FormatBool(ok)).Inc()
	m.sources.took.WithLabelValues(source, mode).Observe(report.Seconds)
	if !ok {
		return
	}
	for of, lag := range map[string]sync.Lag{"content": report.ContentLag, "permissions": report.PermissionLag} {
		if lag.Changes > 0 {
			m.sources.lag.WithLabelValues(source, of).Set(lag.Max)
		}
	}
	for why, n := range map[string]int{"unreadable": report.Unreadable, "held_back": report.HeldBack, "unmapped": report.Unmapped} {
		m.sources.closed.WithLabelValues(source, why).Set(float64(n))
	}
}

// Audited records what an audit found.
func (m *Metrics) Audited(source string, leaks, hidden, asked int) {
	for kind, n := range map[string]int{"leak": leaks, "hidden": hidden, "asked": asked} {
		m.sources.drift.WithLabelValues(source, kind).Set(float64(n))
	}
}
