/* misbehave.c - a DHCP provider that does, in the call that its profile names, what no provider may do.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Otherwise it serves two scopes and some leases. Built by the tests: NAME is the plugin's name and MODEL its thread
 * model. More macros make it a file that is to be refused: ABI, DESCRIPTOR_NAME, ENTRY, TABLE_SIZE, OPS_SIZE.
 * JOURNAL: a file in which each process that loads it says so, and that it misbehaves; it is there before, and an option
 * names it, so that the sandbox of the process lets it be written. DIE_IF, with it: a process that
 * loads it while that file is there ends at once. CALL: the number of a system call that the fault "call" makes. PORT: a
 * TCP port, by an option. OUTSIDE: a folder that the fault "reach" tries to write in and read from, and a port beside
 * PORT that it tries, OTHER_PORT. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <ipam/plugin.h>

#ifndef ABI
#define ABI IPAM_ABI
#endif
#ifndef DESCRIPTOR_NAME
#define DESCRIPTOR_NAME NAME
#endif
#ifndef TABLE_SIZE
#define TABLE_SIZE sizeof(struct ipam_plugin)
#endif
#ifndef OPS_SIZE
#define OPS_SIZE sizeof(struct ipam_dhcp_ops)
#endif

#define SCOPES     2u
#define LEASES     6u /* three in each scope */
#define LEAK_STEP  (8u << 20)
#define FLOOD_MS   500
#define FILES_STEP 40

struct server {
    struct ipam_inst *inst;
    const struct ipam_host *host;
    char fault[32], when[32];
};

/* One call. Rows go out until there is no credit, and on from there when there is. */
struct work {
    struct server *server;
    struct ipam_req *req;
    int (*emit_next)(struct work *work); /* 1: emitted, 0: that was all, below: IPAM_E_* */
    unsigned at;
    int endless;
};

static int is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

#ifdef JOURNAL
/* Appends a line: what, process, milliseconds, command. */
static void journal(const char *what)
{
    char command[512] = "", line[640];
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, command, sizeof(command) - 1);
    struct timespec now;

    if (fd >= 0)
        close(fd);
    for (ssize_t i = 0; i + 1 < n; i++)
        if (command[i] == '\0')
            command[i] = ' ';
    clock_gettime(CLOCK_MONOTONIC, &now);
    n = snprintf(line, sizeof(line), "%s %ld %lld %s\n", what, (long)getpid(),
                 (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000, command);
    fd = open(JOURNAL, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd >= 0) {
        n = write(fd, line, (size_t)n);
        close(fd);
    }
}
#else
#define journal(what) ((void)0)
#endif

/* Faults. */

static volatile unsigned bottom; /* never reached */

static unsigned deeper(unsigned depth)
{
    volatile char room[4096];

    room[depth % sizeof(room)] = (char)depth;
    return depth == bottom - 1u ? depth : deeper(depth + 1u) + (unsigned)room[0];
}

static int *volatile nowhere = (int *)8;

static void spin(void)
{
    static volatile unsigned long turns;

    for (;;)
        turns++;
}

static void deadlock(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

    pthread_mutex_lock(&lock);
    pthread_mutex_lock(&lock);
}

static int leak(void)
{
    static char *volatile last;
    char *memory = malloc(LEAK_STEP);

    if (memory == NULL)
        return -1;
    memset(memory, 1, LEAK_STEP);
    last = memory;
    (void)last;
    return 0;
}

/* Waits when there is no more. */
static void leak_for_ever(void)
{
    const struct timespec pause = { 0, 10000000 };

    for (;;)
        if (leak() < 0)
            nanosleep(&pause, NULL);
}

/* Up to `most` descriptors. */
static void leak_files(int most)
{
    int fd = 0;

    for (int i = 0; i < most && fd >= 0; i++)
        fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void flood(struct server *s)
{
    int64_t end = s->host->now_ms() + FLOOD_MS;

    while (s->host->now_ms() < end)
        s->host->log(s->inst, 4, NAME "-flood", "the same again and again");
}

static void whisper(struct server *s)
{
    s->host->log(s->inst, 7, NAME "-whisper", "a \"debug\" line\n\xff");
}

#ifdef CALL
static void call(void)
{
    syscall(CALL, 0, 0, 0, 0, 0);
}
#else
#define call() ((void)0)
#endif

#ifdef OUTSIDE
static int try_open(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600), error = fd < 0 ? errno : 0;

    if (fd >= 0)
        close(fd);
    return error;
}

static int try_port(unsigned port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), error = 0;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
        error = errno;
    if (fd >= 0)
        close(fd);
    return error;
}

/* Tells the error of each try. */
static void reach(struct server *s)
{
    char told[512];

    snprintf(told, sizeof(told),
             "passwd=%d shadow=%d read=%d make=%d journal=%d hosts=%d port=%d other=%d alg=%d self=%d in %s",
             try_open("/etc/passwd", O_RDONLY), try_open("/etc/shadow", O_RDONLY), try_open(OUTSIDE "/ipam.db", O_RDONLY),
             try_open(OUTSIDE "/made", O_RDWR | O_CREAT), try_open(JOURNAL, O_WRONLY), try_open("/etc/hosts", O_RDONLY),
             try_port(PORT), try_port(OTHER_PORT), socket(38, SOCK_SEQPACKET, 0) < 0 ? errno : 0,
             try_open("/proc/self/status", O_RDONLY), s->when);
    s->host->log(s->inst, 5, NAME "-reached", told);
}
#else
#define reach(s) ((void)0)
#endif

static void misbehave(struct server *s, const char *when)
{
    if (!is(s->when, when) || is(s->fault, "none") || is(s->fault, "rows"))
        return;
    journal("fault");
    if (is(s->fault, "segfault"))
        *nowhere = 0;
    else if (is(s->fault, "abort"))
        abort();
    else if (is(s->fault, "overflow"))
        bottom = deeper(bottom);
    else if (is(s->fault, "exit"))
        exit(3);
    else if (is(s->fault, "spin"))
        spin();
    else if (is(s->fault, "deadlock"))
        deadlock();
    else if (is(s->fault, "leak"))
        leak_for_ever();
    else if (is(s->fault, "leak-slowly"))
        leak();
    else if (is(s->fault, "files"))
        leak_files(1 << 20);
    else if (is(s->fault, "files-slowly"))
        leak_files(FILES_STEP);
    else if (is(s->fault, "flood"))
        flood(s);
    else if (is(s->fault, "whisper"))
        whisper(s);
    else if (is(s->fault, "call"))
        call();
    else if (is(s->fault, "reach"))
        reach(s);
}

/* What it serves. */

static struct ipam_str str(const char *text)
{
    struct ipam_str s = { text, strlen(text) };

    return s;
}

static struct ipam_addr address(unsigned scope, unsigned host)
{
    struct ipam_addr a = { 4, { 198, 51, 100, (uint8_t)host } };

    if (scope > 0) {
        a.bytes[0] = 203;
        a.bytes[1] = 0;
        a.bytes[2] = 113;
    }
    return a;
}

static void begin(void *record, size_t size, uint32_t type)
{
    struct ipam_record *head = record;

    memset(record, 0, size);
    head->size = (uint32_t)size;
    head->type = type;
}

static int emit(struct work *w, const void *record)
{
    int32_t status = w->server->host->emit(w->req, record);

    if (status < 0)
        return status;
    w->at++;
    return 1;
}

/* Endless: the scopes are 65,536 at a time, then the same again. */
static int next_scope(struct work *w)
{
    struct ipam_scope scope;
    char native[16], name[16];

    if (!w->endless && w->at == SCOPES)
        return 0;
    begin(&scope, sizeof(scope), IPAM_T_SCOPE);
    snprintf(native, sizeof(native), "%u", w->at);
    snprintf(name, sizeof(name), "scope-%u", w->at);
    scope.native = str(native);
    scope.name = str(name);
    scope.prefix.addr = address(w->at, 0);
    scope.prefix.length = 24;
    if (w->at >= SCOPES) {
        scope.prefix.addr.bytes[0] = 10;
        scope.prefix.addr.bytes[1] = (uint8_t)(w->at >> 8);
        scope.prefix.addr.bytes[2] = (uint8_t)w->at;
    }
    IPAM_SET_FIELD(&scope, IPAM_SCOPE_NATIVE);
    IPAM_SET_FIELD(&scope, IPAM_SCOPE_NAME);
    IPAM_SET_FIELD(&scope, IPAM_SCOPE_PREFIX);
    return emit(w, &scope);
}

/* Endless: in ascending order to the end of the addresses, then the same again. */
static int next_lease(struct work *w)
{
    struct ipam_lease lease;
    uint8_t mac[6] = {
        2, 0, (uint8_t)(w->at >> 24), (uint8_t)(w->at >> 16), (uint8_t)(w->at >> 8), (uint8_t)w->at
    };

    if (!w->endless && w->at == LEASES)
        return 0;
    begin(&lease, sizeof(lease), IPAM_T_LEASE);
    lease.native_scope = str(w->at < LEASES / 2 ? "0" : "1");
    lease.address = address(w->at < LEASES / 2 ? 0 : 1, 10 + w->at);
    if (w->at >= LEASES) {
        lease.address.bytes[0] = (uint8_t)(203 + (w->at >> 24));
        lease.address.bytes[1] = (uint8_t)(w->at >> 16);
        lease.address.bytes[2] = (uint8_t)(113 + (w->at >> 8));
        lease.address.bytes[3] = (uint8_t)w->at;
    }
    lease.mac.data = mac;
    lease.mac.len = sizeof(mac);
    lease.state = IPAM_LEASE_STATE_ACTIVE;
    lease.expires = INT64_C(4102444800000);
    IPAM_SET_FIELD(&lease, IPAM_LEASE_NATIVE_SCOPE);
    IPAM_SET_FIELD(&lease, IPAM_LEASE_ADDRESS);
    IPAM_SET_FIELD(&lease, IPAM_LEASE_MAC);
    IPAM_SET_FIELD(&lease, IPAM_LEASE_STATE);
    IPAM_SET_FIELD(&lease, IPAM_LEASE_EXPIRES);
    return emit(w, &lease);
}

static int next_probe(struct work *w)
{
    struct ipam_probe probe;

    if (w->at > 0)
        return 0;
    begin(&probe, sizeof(probe), IPAM_T_PROBE);
    probe.product = str("Misbehaviour");
    probe.version = str("1");
    IPAM_SET_FIELD(&probe, IPAM_PROBE_PRODUCT);
    IPAM_SET_FIELD(&probe, IPAM_PROBE_VERSION);
    return emit(w, &probe);
}

/* Calls. */

static void go_on(void *user)
{
    struct work *w = user;
    const struct ipam_host *host = w->server->host;
    struct ipam_outcome outcome;
    int status;

    do
        status = w->emit_next(w);
    while (status > 0);
    if (status == IPAM_E_AGAIN) {
        host->on_credit(w->req, go_on, w);
        return;
    }
    begin(&outcome, sizeof(outcome), IPAM_T_OUTCOME);
    if (status == 0) {
        outcome.flags = IPAM_DONE_COMPLETE;
        outcome.token = str("1");
        IPAM_SET_FIELD(&outcome, IPAM_OUTCOME_FLAGS);
        IPAM_SET_FIELD(&outcome, IPAM_OUTCOME_TOKEN);
    }
    host->done(w->req, status, (const struct ipam_outcome *)&outcome);
}

static void start(struct server *s, struct ipam_req *req, const char *when,
                  int (*emit_next)(struct work *work))
{
    struct work *w;

    misbehave(s, when);
    w = s->host->alloc(req, sizeof(*w));
    if (w == NULL) {
        s->host->done(req, IPAM_E_NOMEM, NULL);
        return;
    }
    w->server = s;
    w->req = req;
    w->emit_next = emit_next;
    w->endless = is(s->fault, "rows") && is(s->when, when);
    go_on(w);
}

static void server_probe(void *ctx, struct ipam_req *req)
{
    start(ctx, req, "probe", next_probe);
}

static void server_read_config(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    (void)args;
    start(ctx, req, "read_config", next_scope);
}

static void server_read_leases(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    (void)args;
    start(ctx, req, "read_leases", next_lease);
}

static int32_t read_word(struct ipam_inst *inst, const struct ipam_host *host, const char *name, char ret[32])
{
    struct ipam_str text;
    int32_t status = host->option_text(inst, name, &text);

    if (status == 0)
        snprintf(ret, 32, "%.*s", (int)text.len, text.data);
    return status;
}

static int32_t server_open(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx)
{
    struct server *s = calloc(1, sizeof(*s));
    int32_t status;

    if (s == NULL)
        return IPAM_E_NOMEM;
    s->inst = inst;
    s->host = host;
    status = read_word(inst, host, "fault", s->fault);
    if (status == 0)
        status = read_word(inst, host, "when", s->when);
    if (status < 0) {
        free(s);
        return status;
    }
    misbehave(s, "open");
    *ret_ctx = s;
    return 0;
}

static void server_close(void *ctx)
{
    free(ctx);
}

/* What happens as soon as the file is loaded. */

#ifdef JOURNAL
static void __attribute__((constructor)) loaded(void)
{
    journal("start");
#ifdef DIE_IF
    if (access(DIE_IF, F_OK) == 0) {
        journal("fault");
        abort();
    }
#endif
}
#endif

/* The tables. */

static const char *const faults[] = { "none",         "segfault", "abort", "overflow",    "exit",
                                      "spin",         "deadlock", "leak",  "leak-slowly", "files",
                                      "files-slowly", "flood",    "rows",  "whisper",     "call",
                                      "reach",        NULL };
static const char *const whens[] = { "open", "probe", "read_config", "read_leases", NULL };
static const struct ipam_option fault_option = {
    .size = sizeof(fault_option),
    .kind = IPAM_OPT_ENUM,
    .name = "fault",
    .def = "none",
    .names = faults,
    .help = "What is done.",
};
static const struct ipam_option when_option = {
    .size = sizeof(when_option),
    .kind = IPAM_OPT_ENUM,
    .name = "when",
    .def = "read_leases",
    .names = whens,
    .help = "In which call.",
};
#ifdef JOURNAL
static const struct ipam_option journal_option = {
    .size = sizeof(journal_option),
    .kind = IPAM_OPT_PATH,
    .name = "journal",
    .def = JOURNAL,
    .help = "Where it says what it does.",
};
#endif
#ifdef PORT
static const struct ipam_option port_option = {
    .size = sizeof(port_option),
    .kind = IPAM_OPT_INT,
    .flags = IPAM_OPT_PORT,
    .name = "port",
    .min = 1,
    .max = 65535,
    .help = "Where its server answers.",
};
static const struct ipam_option at_option = {
    .size = sizeof(at_option),
    .kind = IPAM_OPT_ADDRESS,
    .flags = IPAM_OPT_SERVER,
    .name = "at",
    .def = "127.0.0.1",
    .help = "Where that is.",
};
#endif
static const struct ipam_option *const options[] = { &fault_option, &when_option,
#ifdef JOURNAL
                                                     &journal_option,
#endif
#ifdef PORT
                                                     &port_option,    &at_option,
#endif
                                                     NULL };

static const struct ipam_dhcp_ops dhcp = {
    .common = { .size = (uint32_t)(OPS_SIZE),
                .thread_model = MODEL,
                .capabilities = IPAM_DHCP_CAP_LEASES | IPAM_DHCP_CAP_V4,
                .open = server_open,
                .close = server_close,
                .probe = server_probe },
    .read_config = server_read_config,
    .read_leases = server_read_leases,
};

#ifdef ENTRY
#define ipam_plugin_v0 ENTRY
__attribute__((visibility("default"))) const struct ipam_plugin *ENTRY(void);
#endif

const struct ipam_plugin *ipam_plugin_v0(void)
{
    static const struct ipam_plugin plugin = {
        .size = (uint32_t)(TABLE_SIZE),
        .abi = ABI,
        .name = DESCRIPTOR_NAME,
        .version = "1",
        .summary = "Does what no provider may do.",
        .options = options,
        .dhcp = &dhcp,
    };

    return &plugin;
}
