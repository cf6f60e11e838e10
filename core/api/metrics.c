/* metrics.c - GET /metrics: what the service counts, one line a metric.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Names and units as Prometheus asks for them: one prefix, base units, _total for counters. No label holds an
 * address or an id, so the number of series does not grow with the plan; only servers have one each. */
#include "api/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/usage.h"
#include "http/tls.h"
#include "provider/report.h"

#define CODES_MAX 24 /* different statuses of one route */
#define KINDS_MAX 32 /* of conflicts */

/* --- requests, as they are answered --- */

struct route_count {
    const struct route *route; /* NULL: no route of ours was asked for */
    struct histogram took;
    struct {
        int status;
        uint64_t count;
    } codes[CODES_MAX];
};

void metrics_count(const struct call *c, int status)
{
    struct imap *counts = &c->api->counts;
    uint64_t key = (uint64_t)(uintptr_t)c->route;
    struct route_count *r = imap_get(counts, key);
    size_t i = 0;
    if (r == NULL) {
        r = xcalloc(1, sizeof(*r));
        r->route = c->route;
        imap_put(counts, key, r);
    }
    histogram_add(&r->took, clock_mono_us() - c->began_us);
    while (i < CODES_MAX - 1 && r->codes[i].count > 0 && r->codes[i].status != status)
        i++;
    r->codes[i].status = status;
    r->codes[i].count++;
}

void metrics_free(struct api *a)
{
    size_t pos = 0;
    uint64_t key;
    void *r;
    while (imap_next(&a->counts, &pos, &key, &r))
        free(r);
    imap_fini(&a->counts);
}

/* --- one scrape --- */

struct scrape {
    struct api *api;
    struct strbuf *out;
    struct arena *arena;
    struct usage usage;
    struct http_stats http;
    struct gate_stats gate;
    struct feed_stats feed;
    struct evidence_stats audit;
    struct state_usage index;
    struct ipam_instance **instances;
    size_t instance_count, instance_cap;
    struct ipam_plugin_info **plugins;
    size_t plugin_count, plugin_cap;
};

static bool same_instance(const struct ipam_instance *a, const struct ipam_instance *b)
{
    return str_equal(a->plugin, b->plugin) && str_equal(a->kind, b->kind) && str_equal(a->target, b->target);
}

static void *grow(void *items, size_t count, size_t *cap)
{
    if (count < *cap)
        return items;
    *cap = *cap > 0 ? 2 * *cap : 64;
    return xrealloc(items, *cap * sizeof(void *));
}

/* One that is being closed and its successor have one name: together they are one. */
static void on_instance(void *user, struct ipam_instance *rec)
{
    struct scrape *s = user;
    for (size_t i = s->instance_count; i > 0; i--) {
        struct ipam_instance *old = s->instances[i - 1];
        if (!same_instance(old, rec))
            continue;
        if (old->state == IPAM_INSTANCE_STATE_CLOSING) {
            old->state = rec->state;
            old->breaker = rec->breaker;
        }
        old->calls += rec->calls;
        old->failures += rec->failures;
        old->running += rec->running;
        old->waiting += rec->waiting;
        old->zombies += rec->zombies;
        old->losses += rec->losses;
        return;
    }
    s->instances = grow(s->instances, s->instance_count, &s->instance_cap);
    s->instances[s->instance_count++] = rec;
}

static void on_plugin(void *user, struct ipam_plugin_info *rec)
{
    struct scrape *s = user;
    s->plugins = grow(s->plugins, s->plugin_count, &s->plugin_cap);
    s->plugins[s->plugin_count++] = rec;
}

static void sample(struct scrape *s, const struct metric *m, const struct label *labels, size_t count,
                   double value)
{
    metric_sample(s->out, m->name, labels, count, value);
}

/* --- those with labels --- */

static void build_info(struct scrape *s, const struct metric *m)
{
    sample(s, m, (struct label[]){ LABEL("version", s->api->at.version) }, 1, 1);
}

static size_t route_labels(const struct route_count *r, struct label labels[3])
{
    labels[0] = (struct label)LABEL("route", r->route != NULL ? r->route->path : "none");
    labels[1] = (struct label)LABEL("method", r->route != NULL ? http_method_name(r->route->method) : "none");
    return 2;
}

static void requests(struct scrape *s, const struct metric *m)
{
    size_t pos = 0;
    uint64_t key;
    void *value;
    while (imap_next(&s->api->counts, &pos, &key, &value)) {
        const struct route_count *r = value;
        struct label labels[3];
        char code[16];
        size_t n = route_labels(r, labels);
        for (size_t i = 0; i < CODES_MAX && r->codes[i].count > 0; i++) {
            snprintf(code, sizeof(code), "%d", r->codes[i].status);
            labels[n] = (struct label)LABEL("code", code);
            sample(s, m, labels, n + 1, (double)r->codes[i].count);
        }
    }
}

static void durations(struct scrape *s, const struct metric *m)
{
    size_t pos = 0;
    uint64_t key;
    void *value;
    while (imap_next(&s->api->counts, &pos, &key, &value)) {
        const struct route_count *r = value;
        struct label labels[3];
        size_t n = route_labels(r, labels);
        metric_histogram(s->out, m->name, labels, n, &r->took);
    }
}

static void handshakes(struct scrape *s, const struct metric *m)
{
    sample(s, m, (struct label[]){ LABEL("result", "ok") }, 1, (double)s->http.handshakes);
    sample(s, m, (struct label[]){ LABEL("result", "failed") }, 1, (double)s->http.handshakes_failed);
}

static void certificates(struct scrape *s, const struct metric *m)
{
    const char *listener;
    int64_t until_ms;
    for (size_t i = 0; (listener = http_server_certificate(s->api->at.http, i, &until_ms)) != NULL; i++)
        sample(s, m, (struct label[]){ LABEL("listener", listener) }, 1, (double)until_ms / 1000);
}

static void intents(struct scrape *s, const struct metric *m)
{
    sample(s, m, (struct label[]){ LABEL("result", "accepted") }, 1, (double)s->gate.accepted);
    sample(s, m, (struct label[]){ LABEL("result", "refused") }, 1, (double)s->gate.refused);
}

static void commits(struct scrape *s, const struct metric *m)
{
    metric_histogram(s->out, m->name, NULL, 0, &s->gate.commit);
}

static void records(struct scrape *s, const struct metric *m)
{
    unsigned count;
    const struct record_type *types = record_types(&count);
    for (unsigned i = 0; i < count; i++)
        if (types[i].residency == RES_RESIDENT)
            sample(s, m, (struct label[]){ LABEL("type", types[i].name) }, 1,
                   (double)state_count(s->api->at.state, types[i].type));
}

/* Each kind, those that there are none of too. */
static void conflicts(struct scrape *s, const struct metric *m)
{
    const struct record_field *kind = record_field_number(record_type(IPAM_T_CONFLICT), IPAM_CONFLICT_KIND);
    double counts[KINDS_MAX] = { 0 };
    for (size_t i = 0; i < state_count(s->api->at.state, IPAM_T_CONFLICT); i++) {
        const struct ipam_conflict *c = state_row(s->api->at.state, IPAM_T_CONFLICT, i);
        if (c->kind < KINDS_MAX)
            counts[c->kind]++;
    }
    for (uint32_t k = 0; k < KINDS_MAX && kind->names[k] != NULL; k++)
        sample(s, m, (struct label[]){ LABEL("kind", kind->names[k]) }, 1, counts[k]);
}

static void access_counts(struct scrape *s, const struct metric *m)
{
    static const char *const kinds[] = { [GUESS_PASSWORD] = "password", [GUESS_TOKEN] = "token" };
    struct identities_stats stats;
    identities_stats(s->api->at.identities, &stats);
    const uint64_t *counts = strstr(m->name, "delayed") != NULL ? stats.delayed : stats.wrong;
    for (int i = GUESS_PASSWORD; i <= GUESS_TOKEN; i++)
        sample(s, m, (struct label[]){ LABEL("credential", kinds[i]) }, 1, (double)counts[i]);
}

static void log_counts(struct scrape *s, const struct metric *m)
{
    for (enum log_level l = LOG_ERR_; l <= LOG_DEBUG_; l++)
        sample(s, m, (struct label[]){ LABEL("level", log_level_name(l)) }, 1, (double)log_line_count(l));
}

static void restarts(struct scrape *s, const struct metric *m)
{
    for (size_t i = 0; i < s->plugin_count; i++)
        sample(s, m, (struct label[]){ { "plugin", s->plugins[i]->name } }, 1,
               (double)s->plugins[i]->restarts);
}

static void refused(struct scrape *s, const struct metric *m)
{
    for (size_t i = 0; i < s->plugin_count; i++)
        sample(s, m, (struct label[]){ { "plugin", s->plugins[i]->name } }, 1,
               (double)s->plugins[i]->refused);
}

static void usable(struct scrape *s, const struct metric *m)
{
    for (size_t i = 0; i < s->plugin_count; i++)
        sample(s, m, (struct label[]){ { "plugin", s->plugins[i]->name } }, 1,
               s->plugins[i]->state != IPAM_PLUGIN_INFO_STATE_REFUSED);
}

/* Two metrics of each sink. */
static void audit_sinks(struct scrape *s, const struct metric *m)
{
    bool up = strcmp(m->name, "ipam_audit_sink_up") == 0;
    for (size_t i = 0; i < s->audit.sink_count; i++)
        sample(s, m, (struct label[]){ LABEL("sink", s->audit.sinks[i].name) }, 1,
               up ? s->audit.sinks[i].problem[0] == '\0' : (double)s->audit.sinks[i].sent);
}

static void each_instance(struct scrape *s, const struct metric *m,
                          double (*value)(const struct ipam_instance *i))
{
    for (size_t i = 0; i < s->instance_count; i++) {
        const struct ipam_instance *r = s->instances[i];
        sample(s, m,
               (struct label[]){ { "plugin", r->plugin }, { "kind", r->kind }, { "server", r->target } }, 3,
               value(r));
    }
}

#define INSTANCE_METRIC(name_, expression)                                                                   \
    static double name_##_of(const struct ipam_instance *i)                                                  \
    {                                                                                                        \
        return (double)(expression);                                                                         \
    }                                                                                                        \
    static void name_(struct scrape *s, const struct metric *m)                                              \
    {                                                                                                        \
        each_instance(s, m, name_##_of);                                                                     \
    }
INSTANCE_METRIC(instance_up, i->state == IPAM_INSTANCE_STATE_OPEN)
INSTANCE_METRIC(instance_breaker, i->breaker != IPAM_INSTANCE_BREAKER_CLOSED)
INSTANCE_METRIC(instance_calls, i->calls)
INSTANCE_METRIC(instance_failures, i->failures)
INSTANCE_METRIC(instance_running, i->running)
INSTANCE_METRIC(instance_waiting, i->waiting)
INSTANCE_METRIC(instance_zombies, i->zombies)
INSTANCE_METRIC(instance_losses, i->losses)

/* Servers that were collected at least once. */
static void collection_age(struct scrape *s, const struct metric *m)
{
    const struct ipam_server *server;
    int64_t now = clock_wall_ms();
    for (int64_t id = 0; (server = state_next(s->api->at.state, IPAM_T_SERVER, id)) != NULL; id = server->id)
        if (record_has(server, IPAM_SERVER_COLLECTED))
            sample(s, m, (struct label[]){ { "server", server->name } }, 1,
                   (double)(now - server->collected) / 1000);
}

static void server_up(struct scrape *s, const struct metric *m)
{
    const struct ipam_server *server;
    for (int64_t id = 0; (server = state_next(s->api->at.state, IPAM_T_SERVER, id)) != NULL; id = server->id)
        sample(s, m, (struct label[]){ { "server", server->name } }, 1,
               server->state == IPAM_SERVER_STATE_REACHABLE);
}

/* DHCP servers that ipamd may change, also those that have none. */
static void drifts(struct scrape *s, const struct metric *m)
{
    const struct ipam_server *server;
    for (int64_t id = 0; (server = state_next(s->api->at.state, IPAM_T_SERVER, id)) != NULL; id = server->id)
        if (server->managed || server->drifts != 0)
            sample(s, m, (struct label[]){ { "server", server->name } }, 1, (double)server->drifts);
}

/* --- those without --- */

#define VALUE(name_, expression)                                                                             \
    static double name_(const struct scrape *s)                                                              \
    {                                                                                                        \
        return (double)(expression);                                                                         \
    }
VALUE(revision, state_head(s->api->at.state))
VALUE(http_open, s->http.open)
VALUE(http_accepted, s->http.accepted)
VALUE(http_refused, s->http.refused)
VALUE(http_malformed, s->http.bad_requests)
VALUE(http_unsent, s->http.unsent)
VALUE(http_compressed, s->http.compressed)
VALUE(gate_batches, s->gate.batches)
VALUE(gate_failed, s->gate.failed)
VALUE(gate_rows, s->gate.rows)
VALUE(gate_waiting, s->gate.waiting)
VALUE(writable, s->gate.trouble == 0)
VALUE(index_entries, s->index.entries)
VALUE(index_bytes, s->index.bytes)
VALUE(jobs_now, jobs_running_count(s->api->at.jobs))
VALUE(feed_followers, s->feed.followers)
VALUE(feed_begun, s->feed.begun)
VALUE(feed_dropped, s->feed.dropped)
VALUE(feed_events, s->feed.events)
VALUE(feed_pages, s->feed.pages)
VALUE(feed_ring, s->feed.ring_bytes)
VALUE(audit_number, s->audit.number)
VALUE(audit_waiting, s->audit.waiting)
VALUE(audit_rows, s->audit.rows)
VALUE(audit_failing, s->audit.problem[0] != '\0')
VALUE(cpu, (double)s->usage.cpu_us / 1e6)
VALUE(resident, s->usage.resident)
VALUE(virtual_bytes, s->usage.virtual_)
VALUE(started, (double)s->usage.started_ms / 1000)
VALUE(files, s->usage.files)
VALUE(files_most, s->usage.files_most)
VALUE(threads, s->usage.threads)

/* clang-format off: a line a metric */
static const struct metric metrics[] = {
    { "ipam_build_info", "gauge", "1, with the version.", NULL, build_info },
    { "ipam_head_revision", "gauge", "Newest revision.", revision, NULL },
    { "ipam_conflicts", "gauge", "Conflicts that are open, by kind.", NULL, conflicts },
    { "ipam_server_drifts", "gauge", "Changes made outside ipamd about which nobody has decided, by server.", NULL, drifts },
    { "ipam_records", "gauge", "Records that are kept in memory whole, by type.", NULL, records },
    { "ipam_index_entries", "gauge", "Addresses, reservations and leases in the address index.",
      index_entries, NULL },
    { "ipam_index_bytes", "gauge", "Memory of the address index.", index_bytes, NULL },
    { "ipam_http_requests_total", "counter", "Requests that were answered; code 0: the client had gone.",
      NULL, requests },
    { "ipam_http_request_duration_seconds", "histogram",
      "From the whole request to its answer; of a stream to its begin.", NULL, durations },
    { "ipam_http_malformed_requests_total", "counter", "Requests that were refused as no HTTP.",
      http_malformed, NULL },
    { "ipam_access_refused_total", "counter", "Passwords and tokens that were none.", NULL, access_counts },
    { "ipam_access_delayed_total", "counter",
      "Attempts with a password or token that were told to wait, for too many before were none.", NULL,
      access_counts },
    { "ipam_http_connections", "gauge", "Connections open now.", http_open, NULL },
    { "ipam_http_connections_accepted_total", "counter", "Connections that were accepted.", http_accepted,
      NULL },
    { "ipam_http_connections_refused_total", "counter", "Connections that were closed at once: too many.",
      http_refused, NULL },
    { "ipam_http_unsent_bytes", "gauge", "Answers that clients have not read yet.", http_unsent, NULL },
    { "ipam_tls_handshakes_total", "counter", "TLS handshakes that have ended.", NULL, handshakes },
    { "ipam_tls_certificate_expiry_seconds", "gauge",
      "Until when the listener's certificate is valid, in seconds since 1970.", NULL, certificates },
    { "ipam_http_compressed_responses_total", "counter", "Answers that were sent in gzip.", http_compressed,
      NULL },
    { "ipam_gate_intents_total", "counter", "Changes that were decided, by result.", NULL, intents },
    { "ipam_gate_intents_waiting", "gauge", "Changes that wait to be decided or made durable.", gate_waiting,
      NULL },
    { "ipam_gate_rows_total", "counter", "Rows written.", gate_rows, NULL },
    { "ipam_gate_batches_total", "counter", "Batches that were made durable.", gate_batches, NULL },
    { "ipam_gate_batches_failed_total", "counter", "Batches that storage did not take.", gate_failed, NULL },
    { "ipam_gate_commit_duration_seconds", "histogram",
      "From entering storage to durable, of each batch with rows.", NULL, commits },
    { "ipam_storage_writable", "gauge",
      "1; 0 from a batch that storage did not take to the next one that it did.", writable, NULL },
    { "ipam_jobs_running", "gauge", "Jobs under way.", jobs_now, NULL },
    { "ipam_feed_followers", "gauge", "Clients that follow the feed.", feed_followers, NULL },
    { "ipam_feed_streams_total", "counter", "Streams of the feed that were begun.", feed_begun, NULL },
    { "ipam_feed_dropped_total", "counter", "Streams that were ended because the client did not keep up.",
      feed_dropped, NULL },
    { "ipam_feed_events_total", "counter", "Revisions that were made into an event, once for all who follow.",
      feed_events, NULL },
    { "ipam_feed_log_reads_total", "counter", "Reads of the change log for clients that were behind.",
      feed_pages, NULL },
    { "ipam_feed_ring_bytes", "gauge", "Memory of the newest events.", feed_ring, NULL },
    { "ipam_audit_checkpoint", "gauge", "Number of the last checkpoint of the change log; 0: none.",
      audit_number, NULL },
    { "ipam_audit_rows_unsigned", "gauge", "Rows of the change log that no checkpoint covers yet.",
      audit_waiting, NULL },
    { "ipam_audit_rows_total", "counter", "Rows of the change log that were hashed.", audit_rows, NULL },
    { "ipam_audit_failing", "gauge", "1 when no checkpoint can be kept: the log says why.", audit_failing,
      NULL },
    { "ipam_audit_sink_up", "gauge", "1 when the sink has taken what was sent; 0 while it fails.", NULL,
      audit_sinks },
    { "ipam_audit_sink_checkpoint", "gauge", "Number of the last checkpoint that the sink took.", NULL,
      audit_sinks },
    { "ipam_plugin_usable", "gauge", "1, or 0 for a plugin that was refused.", NULL, usable },
    { "ipam_plugin_restarts_total", "counter", "How often a process of the plugin was started anew.", NULL,
      restarts },
    { "ipam_plugin_refused_total", "counter",
      "How often a process of the plugin tried to reach an address that none of its servers has.", NULL,
      refused },
    { "ipam_provider_up", "gauge", "1 when the plugin is open for the server.", NULL, instance_up },
    { "ipam_provider_breaker_open", "gauge",
      "1 when the server is left alone for a while, for it does not answer.", NULL, instance_breaker },
    { "ipam_provider_calls_total", "counter", "Calls that have ended.", NULL, instance_calls },
    { "ipam_provider_failures_total", "counter", "Calls that ended with an error.", NULL, instance_failures },
    { "ipam_provider_calls_running", "gauge", "Calls under way.", NULL, instance_running },
    { "ipam_provider_calls_waiting", "gauge", "Calls that wait for their turn.", NULL, instance_waiting },
    { "ipam_provider_calls_zombie", "gauge", "Calls that hold on although nobody waits for them.", NULL,
      instance_zombies },
    { "ipam_provider_losses_total", "counter", "How often the plugin's process ended under the server.", NULL,
      instance_losses },
    { "ipam_server_reachable", "gauge", "1 when the last contact with the server went well.", NULL,
      server_up },
    { "ipam_server_collection_age_seconds", "gauge", "Since the last complete collection of the server.",
      NULL, collection_age },
    { "ipam_log_lines_total", "counter", "Lines logged, by level.", NULL, log_counts },
    { "process_cpu_seconds_total", "counter", "Processor time, of user and system.", cpu, NULL },
    { "process_resident_memory_bytes", "gauge", "Memory in use.", resident, NULL },
    { "process_virtual_memory_bytes", "gauge", "Address space in use.", virtual_bytes, NULL },
    { "process_start_time_seconds", "gauge", "When the process was started, since 1970.", started, NULL },
    { "process_open_fds", "gauge", "Descriptors open now.", files, NULL },
    { "process_max_fds", "gauge", "Descriptors that may be open.", files_most, NULL },
    { "process_threads", "gauge", "Threads.", threads, NULL },
};
/* clang-format on */

void handle_metrics(struct call *c)
{
    struct api *a = c->api;
    struct scrape s = { .api = a, .out = &c->out, .arena = &c->arena };
    c->csv = false;
    if (!a->ready) {
        problem_set(&c->problem, PROBLEM_UNAVAILABLE, "the service is starting or stopping");
        c->problem.retry_after_s = 1;
        call_problem(c);
        return;
    }
    usage_read(&s.usage);
    http_server_stats(a->at.http, &s.http);
    gate_stats(a->at.gate, &s.gate);
    feed_stats(a->at.feed, &s.feed);
    if (a->at.evidence != NULL)
        evidence_stats(a->at.evidence, &s.audit);
    state_usage(a->at.state, &s.index);
    providers_report_plugins(a->at.providers, &c->arena, on_plugin, &s);
    providers_report_instances(a->at.providers, &c->arena, on_instance, &s);
    for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
        metric_head(&c->out, &metrics[i]);
        if (metrics[i].value != NULL)
            metric_sample(&c->out, metrics[i].name, NULL, 0, metrics[i].value(&s));
        else
            metrics[i].samples(&s, &metrics[i]);
    }
    free(s.instances);
    free(s.plugins);
    call_text(c, 200, "text/plain; version=0.0.4; charset=utf-8");
}
