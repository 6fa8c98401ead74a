package obs

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/eyeshot-dev/eyeshot/authzsync"
)

// TenantIndex is one tenant's permission index, as metrics show it.
type TenantIndex struct {
	Tenant string
	Age    float64 // seconds since it last agreed with OpenFGA
	Stats  authzsync.Stats
	// Behind are the documents whose readers in the store wait to be written.
	Behind int
}

// Tenants registers the permission indexes of all open tenants; list is called
// when metrics are collected.
func (m *Metrics) Tenants(list func() []TenantIndex) error {
	return m.registry.Register(tenantIndexes{list})
}

// tenantIndexes is a collector: which tenants are open changes as it likes.
type tenantIndexes struct{ list func() []TenantIndex }

var tenantMetrics = []struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(TenantIndex) float64
}{
	{describe("age_seconds", "Time since the permission index last agreed with OpenFGA."), prometheus.GaugeValue, func(t TenantIndex) float64 { return t.Age }},
	{describe("relationships", "Relationships that the permission index holds."), prometheus.GaugeValue, func(t TenantIndex) float64 { return float64(t.Stats.Relationships) }},
	{describe("mended_total", "Relationships that a comparison with OpenFGA found wrong: should stay 0."), prometheus.CounterValue, func(t TenantIndex) float64 { return float64(t.Stats.Mended) }},
	{describe("reconciled_total", "Comparisons with all of OpenFGA's relationships."), prometheus.CounterValue, func(t TenantIndex) float64 { return float64(t.Stats.Reconciled) }},
	{describe("rebuilds_total", "Times that everything was read anew."), prometheus.CounterValue, func(t TenantIndex) float64 { return float64(t.Stats.Rebuilds) }},
	{describe("behind", "Documents whose readers in the store wait to be written."), prometheus.GaugeValue, func(t TenantIndex) float64 { return float64(t.Behind) }},
}

func describe(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("eyeshot_permission_index_"+name, help, []string{"tenant"}, nil)
}

// Describe implements [prometheus.Collector].
func (tenantIndexes) Describe(descriptions chan<- *prometheus.Desc) {
	for _, m := range tenantMetrics {
		descriptions <- m.desc
	}
}

// Collect implements [prometheus.Collector].
func (t tenantIndexes) Collect(metrics chan<- prometheus.Metric) {
	for _, index := range t.list() {
		for _, m := range tenantMetrics {
			metrics <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value(index), index.Tenant)
		}
	}
}
