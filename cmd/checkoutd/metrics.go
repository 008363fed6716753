package main

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/checkoutd/checkoutd/checkout"
)

// alertKinds are the kinds of alerts, so that each is counted from 0.
var alertKinds = []checkout.AlertKind{
	checkout.AlertHeld, checkout.AlertRefund, checkout.AlertDispute, checkout.AlertProvider,
	checkout.AlertOpen, checkout.AlertMode, checkout.AlertUnknown, checkout.AlertMissing,
	checkout.AlertWebhook,
}

// metrics is what a monitoring system reads of a server.
type metrics struct {
	registry *prometheus.Registry
	alerts   *prometheus.CounterVec
}

// newMetrics returns the metrics of a server on db.
func newMetrics(db checkout.Store, now clock.Clock) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		alerts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "checkoutd_alerts_total", Help: "What somebody should look at; the log says more.",
		}, []string{"kind"}),
	}
	for _, kind := range alertKinds {
		m.alerts.WithLabelValues(string(kind))
	}
	m.registry.MustRegister(m.alerts, newBacklogMetrics(db, now),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// serve answers GET /metrics on ln until ctx ends.
func (m *metrics) serve(ctx context.Context, ln net.Listener) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry}))
	return serveUntil(ctx, promptListener{ln, ctx}, mux)
}

// scrapeTime is how long the database may take for one scrape.
const scrapeTime = 5 * time.Second

// backlogMetrics shows what has not come to an end, as the database has it when
// it is asked.
type backlogMetrics struct {
	db                                  checkout.Store
	clock                               clock.Clock
	attempts, oldest, delivered, parked *prometheus.Desc
	late, failing, disabled             *prometheus.Desc
}

func newBacklogMetrics(db checkout.Store, now clock.Clock) *backlogMetrics {
	labels := []string{"provider", "status"}
	return &backlogMetrics{
		db: db, clock: now,
		attempts:  prometheus.NewDesc("checkoutd_attempts_pending", "Attempts to pay whose provider is still asked about them.", labels, nil),
		oldest:    prometheus.NewDesc("checkoutd_attempt_oldest_seconds", "Age of the oldest attempt that is still asked about.", labels, nil),
		delivered: prometheus.NewDesc("checkoutd_deliveries_pending", "Webhooks that merchants are owed.", nil, nil),
		late:      prometheus.NewDesc("checkoutd_delivery_late_seconds", "How long the first webhook that is due has been waiting for its turn.", nil, nil),
		failing:   prometheus.NewDesc("checkoutd_webhooks_failing", "Endpoints that have taken nothing for an hour or more.", nil, nil),
		disabled:  prometheus.NewDesc("checkoutd_webhooks_disabled", "Endpoints that are sent nothing because they have failed for days, or are gone.", nil, nil),
		parked:    prometheus.NewDesc("checkoutd_parked_messages", "Messages of providers that nobody knows what to do with.", nil, nil),
	}
}

// Describe is part of [prometheus.Collector].
func (b *backlogMetrics) Describe(all chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{b.attempts, b.oldest, b.delivered, b.parked, b.late, b.failing, b.disabled} {
		all <- d
	}
}

// Collect is part of [prometheus.Collector].
func (b *backlogMetrics) Collect(all chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	backlog, err := readBacklog(ctx, b.db)
	if err != nil {
		all <- prometheus.NewInvalidMetric(b.attempts, err)
		return
	}
	now := b.clock.Now()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		all <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	for _, p := range backlog.Attempts {
		gauge(b.attempts, float64(p.Count), p.Provider, string(p.Status))
		gauge(b.oldest, now.Sub(p.Oldest).Seconds(), p.Provider, string(p.Status))
	}
	gauge(b.delivered, float64(backlog.Deliveries))
	gauge(b.parked, float64(backlog.Parked))
	late := 0.0
	if due := backlog.OldestDelivery; !due.IsZero() {
		late = max(now.Sub(due).Seconds(), 0)
	}
	gauge(b.late, late)
	gauge(b.failing, float64(backlog.Failing))
	gauge(b.disabled, float64(backlog.Disabled))
}

// readBacklog returns what has not come to an end.
func readBacklog(ctx context.Context, db checkout.Store) (b checkout.Backlog, err error) {
	err = db.View(ctx, func(tx checkout.Tx) error {
		b, err = tx.Backlog()
		return err
	})
	return b, err
}
