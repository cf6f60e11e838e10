/* provider.cpp - a DHCP provider whose server is a text file: the operations, and the descriptor.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Copy the folder, set NAME in the Makefile, and make the file a server of yours. The promises that a
 * provider gives are marked PROMISE where this one keeps them. */
#include <ipam/plugin.h>

#include <chrono>
#include <new>

#include "file.hpp"
#include "options.hpp"

namespace
{

/* --- one instance: one server, opened with one set of options --- */

struct Provider {
    Provider(ipam_inst *inst, const ipam_host *host_) : host(host_), options(inst, host_)
    {
    }
    const ipam_host *host;
    Options options;
};

/* PROMISE: open does not talk to the server. It runs at the first use, and again after a crash; what needs
 * the server belongs into the operations, which have a deadline. No exception leaves a function of the plugin. */
int32_t provider_open(ipam_inst *inst, const ipam_host *host, void **ret_ctx)
{
    try {
        *ret_ctx = new Provider(inst, host);
        return IPAM_OK;
    } catch (const std::bad_alloc &) {
        return IPAM_E_NOMEM;
    } catch (const std::exception &e) {
        host->open_error(inst, e.what());
        return IPAM_E_CONFIG;
    }
}

/* PROMISE: nothing of the context runs when close returns; threads, timers and sockets of yours end here. */
void provider_close(void *ctx)
{
    delete static_cast<Provider *>(ctx);
}

/* --- one call: it ends in exactly one done --- */

ipam_str str(const std::string &s)
{
    return { s.data(), s.size() };
}

/* Every record begins like this: its size as this plugin was compiled, and its type. All else is zero, and a
 * field counts only once its bit is set. */
template <class Record> Record record(uint32_t type)
{
    Record r = {};

    r.size = sizeof(r);
    r.type = type;
    return r;
}

struct Call {
    Call(void *ctx, ipam_req *req_) : p(static_cast<Provider *>(ctx)), host(p->host), req(req_)
    {
    }

    /* PROMISE: emit copies at once, so records live on the stack and their texts wherever they like. A
     * negative answer means: stop, and end the call with it. It waits when the reader is slower than we are. */
    template <class Record> void emit(const Record &r)
    {
        int32_t status = host->emit(req, reinterpret_cast<const ipam_record *>(&r));

        if (status < 0)
            throw Failure(status, "");
    }

    File read() const
    {
        return File::read(p->options.file, [this] { return host->cancelled(req) != 0; });
    }

    bool wants(const ipam_addr &a) const
    {
        return a.family == 4 ? p->options.wants_v4 : p->options.wants_v6;
    }

    Provider *p;
    const ipam_host *host;
    ipam_req *req;
    std::string token, cursor; /* of the outcome */
    bool complete = false;
};

/* PROMISE: exactly one done, whatever happened, as the last thing done to the request. So each operation is a
 * function that returns or throws, run here. */
template <class Operation> void run(void *ctx, ipam_req *req, Operation operation)
{
    Call c(ctx, req);
    ipam_outcome o = record<ipam_outcome>(IPAM_T_OUTCOME);
    std::string why;
    int32_t status = IPAM_OK;

    try {
        try {
            operation(c);
        } catch (const Failure &f) {
            status = f.status;
            why = f.what();
        }
    } catch (const std::bad_alloc &) {
        status = IPAM_E_NOMEM;
    } catch (const std::exception &) {
        status = IPAM_E_BUG;
    }
    if (!why.empty()) {
        o.message = str(why);
        IPAM_SET_FIELD(&o, IPAM_OUTCOME_MESSAGE);
    }
    if (status == IPAM_OK && !c.token.empty()) {
        o.token = str(c.token);
        IPAM_SET_FIELD(&o, IPAM_OUTCOME_TOKEN);
    }
    if (status == IPAM_OK && !c.cursor.empty()) {
        o.cursor = str(c.cursor);
        IPAM_SET_FIELD(&o, IPAM_OUTCOME_CURSOR);
    }
    if (status == IPAM_OK && c.complete) {
        o.flags = IPAM_DONE_COMPLETE;
        IPAM_SET_FIELD(&o, IPAM_OUTCOME_FLAGS);
    }
    c.host->done(req, status, &o);
}

/* --- probe: how is the server? --- */

int64_t now_ms()
{
    using namespace std::chrono;

    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

/* One check for each way into the server, with what was found and what to do about it. */
void emit_check(Call &c, const File &file)
{
    const Options &o = c.p->options;
    int64_t age = now_ms() - file.changed_ms;
    ipam_check check = record<ipam_check>(IPAM_T_CHECK);
    std::string channel = "file", remedy = "see why nothing writes it",
                text = "written " + std::to_string(age / 1000) + " s ago, " +
                       std::to_string(file.lines.size()) + " lines";

    check.channel = str(channel);
    check.state = o.error_ms != 0 && age >= o.error_ms ? IPAM_CHECK_STATE_ERROR
                  : o.warn_ms != 0 && age >= o.warn_ms ? IPAM_CHECK_STATE_WARNING
                                                       : IPAM_CHECK_STATE_OK;
    check.message = str(text);
    IPAM_SET_FIELD(&check, IPAM_CHECK_CHANNEL);
    IPAM_SET_FIELD(&check, IPAM_CHECK_STATE);
    IPAM_SET_FIELD(&check, IPAM_CHECK_MESSAGE);
    if (check.state != IPAM_CHECK_STATE_OK) {
        check.remedy = str(remedy);
        IPAM_SET_FIELD(&check, IPAM_CHECK_REMEDY);
    }
    c.emit(check);
}

void probe(Call &c)
{
    const Options &o = c.p->options;
    File file = c.read(); /* a server that does not answer is an error; what it is like are checks */
    ipam_probe probe = record<ipam_probe>(IPAM_T_PROBE);
    std::string product = "text file", version = VERSION;

    probe.product = str(product);
    probe.version = str(version);
    probe.capabilities =
        IPAM_DHCP_CAP_LEASES | (o.wants_v4 ? IPAM_DHCP_CAP_V4 : 0) | (o.wants_v6 ? IPAM_DHCP_CAP_V6 : 0);
    IPAM_SET_FIELD(&probe, IPAM_PROBE_PRODUCT);
    IPAM_SET_FIELD(&probe, IPAM_PROBE_VERSION);
    IPAM_SET_FIELD(&probe, IPAM_PROBE_CAPABILITIES);
    c.emit(probe);
    emit_check(c, file);
}

/* --- read_config: scopes, each followed by its pools and reservations --- */

void emit_scope(Call &c, const Line &l)
{
    ipam_scope scope = record<ipam_scope>(IPAM_T_SCOPE);

    scope.native = str(l.native);
    scope.prefix = l.prefix;
    scope.name = str(l.name);
    scope.lease_time = l.seconds;
    IPAM_SET_FIELD(&scope, IPAM_SCOPE_NATIVE);
    IPAM_SET_FIELD(&scope, IPAM_SCOPE_PREFIX);
    IPAM_SET_FIELD(&scope, IPAM_SCOPE_NAME);
    IPAM_SET_FIELD(&scope, IPAM_SCOPE_LEASE_TIME);
    c.emit(scope);
}

void emit_pool(Call &c, const Line &l)
{
    ipam_pool pool = record<ipam_pool>(IPAM_T_POOL);

    pool.native_scope = str(l.native);
    pool.first = l.first;
    pool.last = l.last;
    IPAM_SET_FIELD(&pool, IPAM_POOL_NATIVE_SCOPE);
    IPAM_SET_FIELD(&pool, IPAM_POOL_FIRST);
    IPAM_SET_FIELD(&pool, IPAM_POOL_LAST);
    c.emit(pool);
}

void emit_reservation(Call &c, const Line &l)
{
    ipam_reservation r = record<ipam_reservation>(IPAM_T_RESERVATION);

    r.native_scope = str(l.native);
    r.address = l.first;
    r.identifier_type = IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS;
    r.identifier = { l.mac.data(), l.mac.size() };
    r.name = str(l.name);
    IPAM_SET_FIELD(&r, IPAM_RESERVATION_NATIVE_SCOPE);
    IPAM_SET_FIELD(&r, IPAM_RESERVATION_ADDRESS);
    IPAM_SET_FIELD(&r, IPAM_RESERVATION_IDENTIFIER_TYPE);
    IPAM_SET_FIELD(&r, IPAM_RESERVATION_IDENTIFIER);
    if (!l.name.empty()) /* an empty field is an absent one */
        IPAM_SET_FIELD(&r, IPAM_RESERVATION_NAME);
    c.emit(r);
}

bool same(const ipam_str &a, const std::string &b)
{
    return b.compare(0, b.size(), a.data, a.len) == 0;
}

/* The caller refuses an answer in which a scope is there twice or a pool has none; this says which line is to
 * blame. */
void read_config(Call &c, const ipam_dhcp_read *args)
{
    const File file = c.read();
    const Line *scope = nullptr;

    for (const Line &l : file.lines) {
        bool known = scope != nullptr && scope->native == l.native;

        if (l.kind == Kind::lease ||
            (IPAM_HAS_FIELD(args, IPAM_DHCP_READ_NATIVE_SCOPE) && !same(args->native_scope, l.native)))
            continue;
        if (known == (l.kind == Kind::scope))
            throw Failure(IPAM_E_PROTO, c.p->options.file + ":" + std::to_string(l.number) +
                                            (known ? ": there is another" : ": there is no") +
                                            " scope with this identifier; correct the line");
        if (l.kind == Kind::scope)
            scope = &l;
        if (!c.wants(scope->prefix.addr))
            continue;
        if (l.kind == Kind::scope)
            emit_scope(c, l);
        else if (l.kind == Kind::pool)
            emit_pool(c, l);
        else
            emit_reservation(c, l);
    }
    /* PROMISE: COMPLETE says that what was asked for and not emitted does not exist. The caller deletes on
     * that word alone, so it is said only here, after the last row, and never in doubt. */
    c.complete = true;
    c.token = file.token;
}

/* --- read_leases: page by page --- */

void emit_lease(Call &c, const Line &l)
{
    ipam_lease lease = record<ipam_lease>(IPAM_T_LEASE);

    lease.native_scope = str(l.native);
    lease.address = l.first;
    lease.mac = { l.mac.data(), l.mac.size() };
    lease.name = str(l.name);
    lease.state = l.seconds * 1000 <= now_ms() ? IPAM_LEASE_STATE_EXPIRED : IPAM_LEASE_STATE_ACTIVE;
    lease.expires = l.seconds * 1000; /* times are milliseconds since 1970, UTC */
    IPAM_SET_FIELD(&lease, IPAM_LEASE_NATIVE_SCOPE);
    IPAM_SET_FIELD(&lease, IPAM_LEASE_ADDRESS);
    IPAM_SET_FIELD(&lease, IPAM_LEASE_MAC);
    IPAM_SET_FIELD(&lease, IPAM_LEASE_STATE);
    IPAM_SET_FIELD(&lease, IPAM_LEASE_EXPIRES);
    if (!l.name.empty())
        IPAM_SET_FIELD(&lease, IPAM_LEASE_NAME);
    c.emit(lease);
}

/* PROMISE: a cursor is ours alone: whatever text we gave out comes back in the next call. It is the last
 * address of a page, not a place in the file, so that lines may come and go between two pages. */
ipam_addr read_cursor(const ipam_dhcp_read *args)
{
    if (!IPAM_HAS_FIELD(args, IPAM_DHCP_READ_CURSOR))
        return {};
    try {
        return address(std::string(args->cursor.data, args->cursor.len));
    } catch (const std::invalid_argument &) {
        throw Failure(IPAM_E_INVAL, "the cursor is none of this provider's; begin without");
    }
}

void read_leases(Call &c, const ipam_dhcp_read *args)
{
    int64_t limit = c.p->options.page, given = 0;
    ipam_addr last = read_cursor(args);

    if (IPAM_HAS_FIELD(args, IPAM_DHCP_READ_LIMIT) && args->limit > 0 && args->limit < limit)
        limit = args->limit;
    for (const Line &l : c.read().leases()) {
        if (!c.wants(l.first) || (!c.p->options.expired && l.seconds * 1000 <= now_ms()) ||
            (IPAM_HAS_FIELD(args, IPAM_DHCP_READ_NATIVE_SCOPE) && !same(args->native_scope, l.native)) ||
            !(last < l.first))
            continue;
        if (given == limit) { /* there is more: the caller comes back with the cursor */
            c.cursor = address_text(last);
            return;
        }
        emit_lease(c, l);
        last = l.first;
        given++;
    }
    c.complete = true; /* of all pages together: only with the last one */
}

/* --- what the host is shown --- */

void op_probe(void *ctx, ipam_req *req)
{
    run(ctx, req, probe);
}

void op_read_config(void *ctx, ipam_req *req, const ipam_dhcp_read *args)
{
    run(ctx, req, [args](Call &c) { read_config(c, args); });
}

void op_read_leases(void *ctx, ipam_req *req, const ipam_dhcp_read *args)
{
    run(ctx, req, [args](Call &c) { read_leases(c, args); });
}

/* SERIAL: operations may block, and come one at a time. No `cancel`: File::read and emit hear of it by
 * themselves (host->cancelled). PROMISE: a capability has its operation, and the reverse; what is missing
 * here (apply and others) is null, and the host never asks for it. */
ipam_dhcp_ops make_dhcp()
{
    ipam_dhcp_ops o = {};

    o.common.size = sizeof(o);
    o.common.thread_model = IPAM_THREAD_SERIAL;
    o.common.capabilities = IPAM_DHCP_CAP_LEASES | IPAM_DHCP_CAP_V4 | IPAM_DHCP_CAP_V6;
    o.common.open = provider_open;
    o.common.close = provider_close;
    o.common.probe = op_probe;
    o.read_config = op_read_config;
    o.read_leases = op_read_leases;
    return o;
}

ipam_plugin make_plugin()
{
    static const ipam_dhcp_ops dhcp = make_dhcp();
    ipam_plugin p = {};

    p.size = sizeof(p);
    p.abi = IPAM_ABI;
    p.name = NAME;
    p.version = VERSION;
    p.summary = "Reads scopes and leases from a text file.";
    p.options = option_table();
    p.check = options_check;
    p.dhcp = &dhcp;
    return p;
}

} // namespace

/* PROMISE: the only symbol of the file; tables that live as long as the process. The name is the file's. */
const ipam_plugin *ipam_plugin_v0(void)
{
    static const ipam_plugin plugin = make_plugin();

    return &plugin;
}
