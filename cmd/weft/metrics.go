package main

import (
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/weftql/weft/internal/answer"
	"github.com/weftql/weft/internal/budget"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/persisted"
	"github.com/weftql/weft/internal/ratelimit"
)

// metrics are the parts whose numbers /metrics shows. They count by themselves;
// nothing is done for Prometheus until it asks. docs/metrics.md lists them.
type metrics struct {
	caches   caches
	budgets  *budget.Budget
	fallback *ratelimit.Fallback // nil without Redis
	names    *persisted.Persisted
	feed     *feed.Feed
	db       *database.Database
	left     *leftToGqlgen
}

// newMetrics returns what serves /metrics.
func newMetrics(m metrics, logger *slog.Logger) http.Handler {
	all := prometheus.NewRegistry()
	all.MustRegister(&m, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(all, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelError)})
}

// Describe implements prometheus.Collector. It says nothing: which metrics there
// are depends on what is switched on.
func (m *metrics) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(to chan<- prometheus.Metric) {
	s := scrape{to}
	if m.caches.answers.Keeps() {
		s.answers(m.caches.answers.Stats())
	}
	if shared := m.caches.sharedAnswers; shared != nil {
		s.counter("weft_shared_answers_faults_total", "Times that Redis did not answer, or with what was damaged.", shared.Faults())
		s.counter("weft_shared_answers_lost_total", "Answers that did not get into Redis.", shared.Lost())
	}
	if m.caches.kept != nil {
		of := m.caches.kept.Stats()
		const looked = "Rows that loaders looked for among those that are kept."
		s.counter("weft_rows_total", looked, of.Hits, "outcome", "hit")
		s.counter("weft_rows_total", looked, of.Misses, "outcome", "miss")
		s.counter("weft_rows_borrowed_total", "Of the hits, those that another instance had read.", of.Borrowed)
		s.counter("weft_rows_evicted_total", "Rows that made room for others.", of.Evicted)
		s.gauge("weft_rows_entries", "Rows that are kept.", float64(of.Entries))
		s.gauge("weft_rows_bytes", "Bytes of the rows that are kept.", float64(of.Bytes))
	}
	if shared := m.caches.sharedRows; shared != nil {
		s.counter("weft_shared_rows_faults_total", "Times that Redis did not answer, or with what was damaged.", shared.Faults())
		s.counter("weft_shared_rows_lost_total", "Rows that did not get into Redis.", shared.Lost())
	}
	s.feed(m.feed.Status())
	for _, server := range m.db.Servers() {
		s.gauge("weft_database_up", "Whether a server of the database serves.", one(server.Fault == ""), "server", server.Name)
		s.gauge("weft_database_standby", "Whether a server of the database is a standby.", one(server.Standby), "server", server.Name)
		s.gauge("weft_database_behind_seconds", "How far a standby was behind when it was asked last.", server.Behind.Seconds(), "server", server.Name)
	}
	s.budgets(m.budgets.Stats(), m.fallback)
	s.names(m.names.Stats())
	for reason, n := range m.left.byReason() {
		s.counter("weft_operations_left_total", "Operations that ran on gqlgen's executor.", n, "reason", reason)
	}
}

// scrape is what one question of Prometheus is answered with.
type scrape struct{ to chan<- prometheus.Metric }

// send sends a number with pairs of labels and values.
func (s scrape) send(name, help string, kind prometheus.ValueType, n float64, pairs []string) {
	var labels, values []string
	for i := 0; i+1 < len(pairs); i += 2 {
		labels, values = append(labels, pairs[i]), append(values, pairs[i+1])
	}
	s.to <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, labels, nil), kind, n, values...)
}

func (s scrape) counter(name, help string, n int64, pairs ...string) {
	s.send(name, help, prometheus.CounterValue, float64(n), pairs)
}

func (s scrape) gauge(name, help string, n float64, pairs ...string) {
	s.send(name, help, prometheus.GaugeValue, n, pairs)
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func (s scrape) answers(of answer.Stats) {
	const asked = "Queries, by whether their answer was known, was not, or was not to be looked for."
	s.counter("weft_answers_total", asked, of.Hits, "outcome", "hit")
	s.counter("weft_answers_total", asked, of.Misses, "outcome", "miss")
	s.counter("weft_answers_total", asked, of.Bypasses, "outcome", "bypass")
	s.counter("weft_answers_stale_total", "Of the hits, those whose time was over.", of.Stale)
	s.counter("weft_answers_borrowed_total", "Of the hits, those that another instance had made.", of.Borrowed)
	s.counter("weft_answers_stored_total", "Answers that were kept.", of.Stored)
	s.counter("weft_answers_raced_total", "Answers that were not kept because something changed meanwhile.", of.Raced)
	s.counter("weft_answers_collapsed_total", "Of the misses, those that were given an answer that another request had made and that could not be kept.", of.Collapsed)
	s.counter("weft_answers_evicted_total", "Answers that made room for others.", of.Evicted)
	s.gauge("weft_answers_entries", "Answers that are kept.", float64(of.Entries))
	s.gauge("weft_answers_bytes", "Bytes of the answers that are kept.", float64(of.Bytes))
	buckets, n := map[float64]uint64{}, uint64(0)
	for i, in := range of.Ages {
		n += uint64(in)
		if i < len(answer.AgeBounds) {
			buckets[answer.AgeBounds[i].Seconds()] = n
		}
	}
	s.to <- prometheus.MustNewConstHistogram(
		prometheus.NewDesc("weft_answers_age_seconds", "How long before a hit its answer was made.", nil, nil), n, of.Age.Seconds(), buckets)
}

func (s scrape) feed(of feed.Status) {
	s.gauge("weft_feed_whole", "Whether all changes of the database are heard.", one(of.Whole))
	s.gauge("weft_feed_delay_seconds", "How long after its commit the last transaction was heard, by the clock of the database.", of.Delay.Seconds())
	s.counter("weft_feed_transactions_total", "Transactions that were heard.", int64(of.Transactions))
	s.counter("weft_feed_cuts_total", "Times that changes were missed.", int64(of.Cuts))
}

func (s scrape) budgets(of budget.Stats, fallback *ratelimit.Fallback) {
	const refused = "Operations that were refused, for one may not cost so much or because the budget was used up."
	s.counter("weft_budget_refused_total", refused, of.TooDear, "reason", "cost")
	s.counter("weft_budget_refused_total", refused, of.Limited, "reason", "budget")
	s.counter("weft_budget_would_refuse_total", "Operations that would have been refused if costs were enforced.", of.WouldRefuse)
	s.counter("weft_budget_points_total", "Points that operations cost.", of.Spent)
	if fallback == nil {
		return
	}
	redis := fallback.Status()
	s.gauge("weft_budget_local", "Whether Redis is away, and budgets are kept by this instance alone.", one(redis.Away))
	s.gauge("weft_budget_instances", "Instances that shared the budgets when Redis answered last.", float64(redis.Instances))
	s.counter("weft_budget_faults_total", "Times that Redis was lost.", redis.Faults)
}

func (s scrape) names(of persisted.Stats) {
	const named = "Documents that were asked for by an id or a hash."
	s.counter("weft_persisted_total", named, of.Hits, "outcome", "hit")
	s.counter("weft_persisted_total", named, of.Misses, "outcome", "miss")
	s.counter("weft_persisted_total", named, of.Faults, "outcome", "fault")
	s.counter("weft_persisted_registered_total", "Documents that clients registered.", of.Registered)
	s.counter("weft_persisted_refused_total", "Documents that a mode did not let pass.", of.Refused)
}
