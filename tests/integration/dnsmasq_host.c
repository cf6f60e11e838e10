/* dnsmasq_host.c - a small host for the example provider, linked with it: prints rows, damages files.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * usage: dnsmasq_host OPERATION NAME=VALUE...
 *   check                  checks the options and opens with them, no more
 *   probe, config, leases  calls it, prints each row and the end; `leases` asks again until there is no cursor
 *   starve                 calls each with its 1st, 2nd, ... allocation failing, and cancelled at each place;
 *                          probe only with the option port
 *   fuzz COUNT             calls all on damaged copies of the files of the options config and leases
 * Names that are no option: scope (one only), limit; append, from, times (a lease is written to the file at so
 * many polls). Exit 1: a promise was broken, and which. */
#include <ipam/plugin.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define MEMORY_MAX (64L << 20)

struct ipam_inst {
    char **settings; /* NAME=VALUE, NULL-terminated */
    struct ipam_str items[64];
};
struct block {
    struct block *next;
    max_align_t bytes[];
};
struct ipam_req {
    struct block *blocks;
    size_t memory;
    int done, count, quiet;
    int32_t status;
    char cursor[256];
};

static const struct ipam_host host;
static struct ipam_inst inst;
static long alloc_left = -1,
            polls_left = -1; /* until an allocation fails, a poll says cancelled; -1: never */

static void broken(const char *what)
{
    fprintf(stderr, "promise broken: %s\n", what);
    exit(1);
}

/* The value that was given, or the table's default, or NULL. */
static const char *setting(const struct ipam_inst *i, const char *name)
{
    const struct ipam_option *const *o = ipam_plugin_v0()->options;
    size_t len = strlen(name);

    for (char **s = i->settings; *s != NULL; s++)
        if (strncmp(*s, name, len) == 0 && (*s)[len] == '=')
            return *s + len + 1;
    for (; *o != NULL; o++)
        if (strcmp((*o)->name, name) == 0)
            return (*o)->def;
    return NULL;
}

static int32_t option_text(struct ipam_inst *i, const char *name, struct ipam_str *ret)
{
    const char *s = setting(i, name);

    if (s == NULL)
        return IPAM_E_NOENT;
    ret->data = s;
    ret->len = strlen(s);
    return IPAM_OK;
}

static int32_t option_int(struct ipam_inst *i, const char *name, int64_t *ret)
{
    const char *s = setting(i, name);

    if (s == NULL)
        return IPAM_E_NOENT;
    *ret = strtoll(s, NULL, 10) * (strchr(s, 's') != NULL ? 1000 : 1);
    return IPAM_OK;
}

static int32_t option_addr(struct ipam_inst *i, const char *name, struct ipam_addr *ret)
{
    const char *s = setting(i, name);

    memset(ret, 0, sizeof(*ret));
    ret->family = 4;
    return s != NULL && inet_pton(AF_INET, s, ret->bytes) == 1 ? IPAM_OK : IPAM_E_NOENT;
}

static int32_t option_list(struct ipam_inst *i, const char *name, struct ipam_strs *ret)
{
    const char *s = setting(i, name);

    if (s == NULL)
        return IPAM_E_NOENT;
    ret->items = i->items;
    for (ret->count = 0; *s != '\0' && ret->count < 64; s += *s == ',') {
        i->items[ret->count].data = s;
        i->items[ret->count++].len = strcspn(s, ",");
        s += strcspn(s, ",");
    }
    return IPAM_OK;
}

static void open_error(struct ipam_inst *i, const char *text)
{
    (void)i;
    printf("open_error %s\n", text);
}

static void option_problem(struct ipam_inst *i, const char *name, const char *text)
{
    (void)i;
    printf("problem %s %s\n", name, text);
}

static int quiet;

static void say(struct ipam_inst *i, int32_t level, const char *event, const char *text)
{
    (void)i;
    if (!quiet)
        printf("log %d %s %s\n", level, event, text);
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void *allocate(struct ipam_req *r, size_t size)
{
    struct block *b;

    r->memory += size;
    if (r->memory > MEMORY_MAX || alloc_left == 0)
        return NULL;
    alloc_left -= alloc_left > 0;
    b = calloc(1, sizeof(*b) + size);
    if (b == NULL)
        return NULL;
    b->next = r->blocks;
    r->blocks = b;
    return b->bytes;
}

/* The server at work on its lease file while it is read. */
static void append(void)
{
    static int64_t polls, written;
    const char *path = setting(&inst, "append");
    int64_t from = 0, times = 0;
    FILE *f;

    polls++;
    if (path == NULL || option_int(&inst, "from", &from) < 0 || option_int(&inst, "times", &times) < 0 ||
        polls < from || written == times)
        return;
    f = fopen(path, "a");
    if (f == NULL)
        broken("cannot write to the lease file");
    fprintf(f, "0 02:00:5e:00:53:01 10.1.%d.1 * *\n", (int)(++written % 256));
    fclose(f);
}

static int32_t cancelled(struct ipam_req *r)
{
    if (r->done)
        broken("the request was asked after done");
    append();
    if (polls_left > 0)
        polls_left--;
    return polls_left == 0;
}

static int64_t deadline_ms(struct ipam_req *r)
{
    (void)r;
    return now_ms() + 5000;
}

static void print_str(const char *name, struct ipam_str s, size_t max)
{
    if (s.len > max || memchr(s.data, '\0', s.len) != NULL)
        broken(name);
    for (size_t i = 0; i < s.len; i++)
        if (s.data[i] < 0x20 || s.data[i] > 0x7e)
            broken(name);
    if (!quiet)
        printf(" %s=%.*s", name, (int)s.len, s.data);
}

static void print_bytes(const char *name, struct ipam_bytes b, size_t max)
{
    if (b.len > max || b.len == 0)
        broken(name);
    if (!quiet)
        printf(" %s=", name);
    for (size_t i = 0; i < b.len && !quiet; i++)
        printf("%s%02x", i ? ":" : "", b.data[i]);
}

static void print_addr(const char *name, const struct ipam_addr *a)
{
    char text[INET6_ADDRSTRLEN];

    if (a->family != 4 && a->family != 6)
        broken(name);
    inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->bytes, text, sizeof(text));
    if (!quiet)
        printf(" %s=%s", name, text);
}

static void print_int(const char *name, int64_t n)
{
    if (!quiet)
        printf(" %s=%lld", name, (long long)n);
}

#define IF(r, FIELD) if (IPAM_HAS_FIELD(r, FIELD))

static void print_scope(const struct ipam_scope *s)
{
    print_str("native", s->native, 64);
    print_addr("prefix", &s->prefix.addr);
    print_int("length", s->prefix.length);
    IF(s, IPAM_SCOPE_NAME) print_str("name", s->name, 128);
    IF(s, IPAM_SCOPE_LEASE_TIME) print_int("lease_time", s->lease_time);
    IF(s, IPAM_SCOPE_ROUTERS)
    for (size_t i = 0; i < s->routers.count; i++)
        print_addr("router", &s->routers.items[i]);
    IF(s, IPAM_SCOPE_VENDOR) print_str("vendor", s->vendor, 65536);
}

static void print_reservation(const struct ipam_reservation *r)
{
    IF(r, IPAM_RESERVATION_NATIVE_SCOPE) print_str("scope", r->native_scope, 64);
    IF(r, IPAM_RESERVATION_ADDRESS) print_addr("address", &r->address);
    print_int("type", r->identifier_type);
    print_bytes("id", r->identifier, 255);
    IF(r, IPAM_RESERVATION_NAME) print_str("name", r->name, 253);
    IF(r, IPAM_RESERVATION_ADDRESSES) print_int("further", (int64_t)r->addresses.count);
    IF(r, IPAM_RESERVATION_VENDOR) print_str("vendor", r->vendor, 65536);
}

static void print_lease(const struct ipam_lease *l)
{
    print_addr("address", &l->address);
    IF(l, IPAM_LEASE_NATIVE_SCOPE) print_str("scope", l->native_scope, 64);
    IF(l, IPAM_LEASE_MAC) print_bytes("mac", l->mac, 20);
    IF(l, IPAM_LEASE_CLIENT_ID) print_bytes("client_id", l->client_id, 255);
    IF(l, IPAM_LEASE_DUID) print_bytes("duid", l->duid, 130);
    IF(l, IPAM_LEASE_IAID) print_int("iaid", l->iaid);
    IF(l, IPAM_LEASE_NAME) print_str("name", l->name, 255);
    IF(l, IPAM_LEASE_EXPIRES) print_int("expires", l->expires);
}

static void print_other(const struct ipam_record *rec)
{
    const struct ipam_pool *pool = (const void *)rec;
    const struct ipam_probe *probe = (const void *)rec;
    const struct ipam_check *check = (const void *)rec;

    if (rec->type == IPAM_T_POOL) {
        print_str("scope", pool->native_scope, 64);
        print_addr("first", &pool->first);
        print_addr("last", &pool->last);
    } else if (rec->type == IPAM_T_PROBE) {
        print_str("product", probe->product, 128);
        IF(probe, IPAM_PROBE_VERSION) print_str("version", probe->version, 128);
        print_int("service", probe->service);
    } else {
        print_str("channel", check->channel, 64);
        print_int("state", check->state);
        print_str("message", check->message, 1024);
        IF(check, IPAM_CHECK_REMEDY) print_str("remedy", check->remedy, 1024);
    }
}

static int32_t emit(struct ipam_req *r, const struct ipam_record *rec)
{
    static const char *const names[128] = { [IPAM_T_SCOPE] = "scope", [IPAM_T_POOL] = "pool",
                                            [IPAM_T_LEASE] = "lease", [IPAM_T_RESERVATION] = "reservation",
                                            [IPAM_T_PROBE] = "probe", [IPAM_T_CHECK] = "check" };

    if (rec->type >= 128 || names[rec->type] == NULL)
        broken("a record of this type");
    if (cancelled(r))
        return IPAM_E_CANCELED;
    r->count++;
    if (!quiet)
        printf("%s", names[rec->type]);
    if (rec->type == IPAM_T_SCOPE)
        print_scope((const void *)rec);
    else if (rec->type == IPAM_T_RESERVATION)
        print_reservation((const void *)rec);
    else if (rec->type == IPAM_T_LEASE)
        print_lease((const void *)rec);
    else
        print_other(rec);
    if (!quiet)
        printf("\n");
    return IPAM_OK;
}

static void done(struct ipam_req *r, int32_t status, const struct ipam_outcome *o)
{
    if (r->done++)
        broken("done came twice");
    r->status = status;
    IF(o, IPAM_OUTCOME_CURSOR)
    snprintf(r->cursor, sizeof(r->cursor), "%.*s", (int)o->cursor.len, o->cursor.data);
    if (status < 0 && IPAM_HAS_FIELD(o, IPAM_OUTCOME_FLAGS))
        broken("a failure says that it is complete");
    if (status == IPAM_E_PROTO && !IPAM_HAS_FIELD(o, IPAM_OUTCOME_MESSAGE))
        broken("a failure says nothing");
    if (!quiet)
        printf("done %d complete=%d", status, IPAM_HAS_FIELD(o, IPAM_OUTCOME_FLAGS) != 0);
    IF(o, IPAM_OUTCOME_TOKEN) print_str("token", o->token, 128);
    IF(o, IPAM_OUTCOME_CURSOR) print_str("cursor", o->cursor, 255);
    IF(o, IPAM_OUTCOME_MESSAGE) print_str("message", o->message, 1024);
    if (!quiet)
        printf("\n");
}

static const struct ipam_host host = { .size = sizeof(host),
                                       .abi = IPAM_ABI,
                                       .option_text = option_text,
                                       .option_int = option_int,
                                       .option_addr = option_addr,
                                       .option_list = option_list,
                                       .open_error = open_error,
                                       .option_problem = option_problem,
                                       .log = say,
                                       .now_ms = now_ms,
                                       .alloc = allocate,
                                       .emit = emit,
                                       .cancelled = cancelled,
                                       .deadline_ms = deadline_ms,
                                       .done = done };

/* One call; the request that ended, and its cursor for the next. */
static int32_t call(void *ctx, const char *operation, char cursor[256])
{
    const struct ipam_dhcp_ops *ops = ipam_plugin_v0()->dhcp;
    struct ipam_dhcp_read args = { .size = sizeof(args), .type = IPAM_T_DHCP_READ };
    struct ipam_req r = { .status = 0 };

    if (option_text(&inst, "scope", &args.native_scope) == IPAM_OK)
        IPAM_SET_FIELD(&args, IPAM_DHCP_READ_NATIVE_SCOPE);
    if (option_int(&inst, "limit", &args.limit) == IPAM_OK)
        IPAM_SET_FIELD(&args, IPAM_DHCP_READ_LIMIT);
    if (cursor[0] != '\0') {
        args.cursor.data = cursor;
        args.cursor.len = strlen(cursor);
        IPAM_SET_FIELD(&args, IPAM_DHCP_READ_CURSOR);
    }
    if (strcmp(operation, "probe") == 0)
        ops->common.probe(ctx, &r);
    else if (strcmp(operation, "config") == 0)
        ops->read_config(ctx, &r, &args);
    else
        ops->read_leases(ctx, &r, &args);
    if (!r.done)
        broken("done did not come");
    for (struct block *b = r.blocks, *next; b != NULL; b = next) {
        next = b->next;
        free(b);
    }
    snprintf(cursor, 256, "%s", r.cursor);
    return r.status;
}

static int32_t call_all(void *ctx, const char *operation)
{
    char cursor[256] = "";
    int32_t status = call(ctx, operation, cursor);

    while (status == IPAM_OK && cursor[0] != '\0')
        status = call(ctx, operation, cursor);
    return status;
}

/* Each allocation fails once, then each poll says cancelled once: the call ends with just that. */
static void starve(void *ctx, const char *operation)
{
    int32_t status;
    long n = 0;

    quiet = 1;
    do {
        alloc_left = n++;
        status = call_all(ctx, operation);
    } while (status == IPAM_E_NOMEM);
    if (status != IPAM_OK)
        broken("out of memory ends with another status");
    alloc_left = -1;
    printf("%s: %ld allocations", operation, n - 1);
    n = 1;
    do {
        polls_left = n++;
        status = call_all(ctx, operation);
    } while (status == IPAM_E_CANCELED);
    if (status != IPAM_OK)
        broken("cancelling ends with another status");
    polls_left = -1;
    printf(", %ld polls\n", n - 2);
}

/* Reads a file of the options; a copy of it will be damaged. */
static char *contents(const char *path, size_t *ret_len)
{
    static char buffer[1 << 16];
    FILE *f = fopen(path, "r");
    char *copy;

    if (f == NULL)
        broken("no file to damage");
    *ret_len = fread(buffer, 1, sizeof(buffer), f);
    fclose(f);
    copy = calloc(1, *ret_len + 1);
    if (copy != NULL)
        memcpy(copy, buffer, *ret_len);
    return copy;
}

static unsigned random_below(unsigned n)
{
    static uint64_t state = 88172645463325252u;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 33) % n;
}

static FILE *open_to_write(const char *path)
{
    FILE *f = fopen(path, "w");

    if (f == NULL)
        broken("cannot write a file");
    return f;
}

/* Ends writing; the file is long at rest, so that nobody waits for it. */
static void close_old(const char *path, FILE *f)
{
    struct timespec old[2] = { { 1, 0 }, { 1, 0 } };

    fclose(f);
    utimensat(AT_FDCWD, path, old, 0);
}

static void restore(const char *path, const char *text, size_t len)
{
    FILE *f = open_to_write(path);

    fwrite(text, 1, len, f);
    close_old(path, f);
}

/* Writes the text with some bytes flipped, left out, doubled or put in, or cut off; mostly with a last line's end. */
static void damage(const char *path, const char *text, size_t len)
{
    static const char spice[] = ",:#\"\\/[]* \t\n\r-=.0f\x01\x7f\xff";
    size_t stop = random_below(8) == 0 ? random_below((unsigned)len) : len;
    unsigned odds = 10 + random_below(300);
    FILE *f = open_to_write(path);

    for (size_t i = 0; i < stop; i++) {
        unsigned what = random_below(odds);

        if (what == 0)
            fputc(text[i] ^ 1 << random_below(8), f);
        else if (what == 1)
            fputc(spice[random_below(sizeof(spice))], f);
        else if (what == 2)
            i = random_below((unsigned)len);
        if (what > 3)
            fputc(text[i], f);
    }
    if (random_below(16) != 0)
        fputc('\n', f);
    close_old(path, f);
}

static void fuzz(void *ctx, long count)
{
    const char *paths[2] = { setting(&inst, "config"), setting(&inst, "leases") };
    size_t lengths[2];
    char *texts[2] = { contents(paths[0], &lengths[0]), contents(paths[1], &lengths[1]) };
    long good = 0;

    quiet = 1;
    for (long i = 0; i < count; i++) {
        damage(paths[i % 2], texts[i % 2], lengths[i % 2]);
        good += call_all(ctx, "config") == IPAM_OK;
        good += call_all(ctx, "leases") == IPAM_OK;
        restore(paths[i % 2], texts[i % 2], lengths[i % 2]);
    }
    printf("%ld damaged files, %ld good answers\n", count, good);
    free(texts[0]);
    free(texts[1]);
}

int main(int argc, char **argv)
{
    const struct ipam_dhcp_ops *ops = ipam_plugin_v0()->dhcp;
    int is_fuzz = argc > 2 && strcmp(argv[1], "fuzz") == 0;
    void *ctx = NULL;
    int32_t status;

    if (argc < 2)
        return 2;
    inst.settings = argv + 2 + is_fuzz;
    ipam_plugin_v0()->check(&inst, &host);
    status = ops->common.open(&inst, &host, &ctx);
    printf("open %d\n", status);
    if (status < 0)
        return 0;
    if (is_fuzz)
        fuzz(ctx, strtol(argv[2], NULL, 10));
    else if (strcmp(argv[1], "starve") == 0) {
        starve(ctx, "config");
        starve(ctx, "leases");
        if (setting(&inst, "port") != NULL)
            starve(ctx, "probe");
    } else if (strcmp(argv[1], "check") != 0)
        call_all(ctx, argv[1]);
    ops->common.close(ctx);
    return 0;
}
