/* kea_model_test.c - random edits of a random configuration, call by call: what the plugin reads back is what a simple
 * model has.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The model is a list of places, each with the row that is there or none. KEA_MODEL_SEED repeats a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "kea_edits.h"
#include "kea_rows.h"
#include "record/record.h"

enum { NETWORKS = 2, CLASSES = 3, DEFINITIONS = 2, SCOPES = 4, PER_SCOPE = 2, CALLS = 250, EDITS_MOST = 4 };

/* What nobody speaks of: bytes that must stay as they are, white space and all. */
#define FOREIGN_ROOT "\"x-root\" :{ \"a\" : [1 , 2.50],\"n\":\"\\u00e4\" }"
#define FOREIGN(prefix)                                                                                      \
    "{\"id\":900 , \"subnet\":\"" prefix "\",\"mystery\":[ 1,2 ,3],\t\"valid-lifetime\": 4e3}"

enum kind { NETWORK, CLASS, DEFINITION, SCOPE, POOL, RESERVATION, OPTION };
static const char *const kind_names[] = { "superscope", "dhcp_class",  "option_definition", "scope",
                                          "pool",       "reservation", "option_value" };

struct place {
    enum kind kind;
    int n;                /* which of its kind, or of its holder's */
    int holder;           /* the place that it is in, -1: the server */
    char *row;            /* NULL: nothing is there */
    int network, only_of; /* of a scope, of a scope or pool: the places they name, or -1 */
};

struct model {
    enum kea_service service;
    struct place places[200];
    int count;
    char *text;
    unsigned seed;
};

static unsigned pick(struct model *m, unsigned below)
{
    m->seed = m->seed * 1664525u + 1013904223u;
    return (m->seed >> 8) % below;
}

static char family(const struct model *m)
{
    return m->service == KEA_DHCP4 ? '4' : '6';
}

static const char *foreign(const struct model *m)
{
    return m->service == KEA_DHCP4 ? FOREIGN("10.200.0.0/24") : FOREIGN("fd00:200::/64");
}

static int place(struct model *m, enum kind kind, int n, int holder)
{
    m->places[m->count] = (struct place){ kind, n, holder, NULL, -1, -1 };
    return m->count++;
}

/* Whoever may hold options holds two. */
static int with_options(struct model *m, int holder)
{
    place(m, OPTION, 0, holder);
    place(m, OPTION, 1, holder);
    return holder;
}

static void make_places(struct model *m)
{
    with_options(m, -1);
    for (int i = 0; i < NETWORKS; i++)
        with_options(m, place(m, NETWORK, i, -1));
    for (int i = 0; i < CLASSES; i++)
        with_options(m, place(m, CLASS, i, -1));
    for (int i = 0; i < DEFINITIONS; i++)
        place(m, DEFINITION, i, -1);
    for (int i = 0; i < PER_SCOPE; i++)
        with_options(m, place(m, RESERVATION, i, -1));
    for (int i = 0; i < SCOPES; i++) {
        int scope = with_options(m, place(m, SCOPE, i, -1));

        for (int k = 0; k < PER_SCOPE; k++) {
            with_options(m, place(m, POOL, k, scope));
            with_options(m, place(m, RESERVATION, k, scope));
        }
    }
}

/* --- rows --- */

static void scope_native(const struct model *m, int holder, char *buf, size_t size)
{
    snprintf(buf, size, "v%c/%d", family(m), holder < 0 ? 0 : 10 + m->places[holder].n);
}

static void address(const struct model *m, int scope, int host, char *buf, size_t size)
{
    int n = scope < 0 ? 99 : 1 + m->places[scope].n;

    snprintf(buf, size, m->service == KEA_DHCP4 ? "10.%d.0.%d" : "fd00:%d::%x", n, host);
}

static const char *some(struct model *m, const char *text)
{
    return pick(m, 2) ? text : "";
}

static void pool_text(const struct model *m, const struct place *p, char *buf, size_t size)
{
    char a[60], b[60];

    address(m, p->holder, 16, a, sizeof(a));
    address(m, p->holder, 31, b, sizeof(b));
    if (p->n == 0) {
        snprintf(buf, size, "%s/%d", a, m->service == KEA_DHCP4 ? 28 : 124);
        return;
    }
    address(m, p->holder, 100, a, sizeof(a));
    address(m, p->holder, 110, b, sizeof(b));
    snprintf(buf, size, "%s-%s", a, b);
}

static void put_class(struct model *m, struct place *p, struct strbuf *out)
{
    int at = (int)pick(m, (unsigned)m->count);

    p->only_of = -1;
    if (m->places[at].kind != CLASS || !m->places[at].row)
        return;
    p->only_of = at;
    strbuf_printf(out, ",\"classes\":[\"class-%d\"]", m->places[at].n);
}

static void put_scope(struct model *m, struct place *p, struct strbuf *out)
{
    int network = (int)pick(m, (unsigned)m->count);

    strbuf_printf(out,
                  m->service == KEA_DHCP4 ? "\"prefix\":\"10.%d.0.0/24\"" : "\"prefix\":\"fd00:%d::/64\"",
                  p->n + 1);
    strbuf_printf(out, ",\"native\":\"v%c/%d\",\"state\":\"active\"%s%s", family(m), 10 + p->n,
                  some(m, ",\"description\":\"a, \\\"b\\\" \xc3\xa4\""),
                  some(m, ",\"dns_suffix\":\"x.example\""));
    strbuf_puts(out, some(m, ",\"name\":\"n\""));
    if (pick(m, 2))
        strbuf_printf(out, ",\"lease_time\":%u,\"renew_time\":%u", 1000 + pick(m, 1000), pick(m, 1000));
    p->network = -1;
    if (m->places[network].kind == NETWORK && m->places[network].row) {
        p->network = network;
        strbuf_printf(out, ",\"superscope\":\"net %d\"", m->places[network].n);
    }
    put_class(m, p, out);
}

static void put_pool(struct model *m, struct place *p, struct strbuf *out)
{
    char native[24], text[130], first[60], last[60];

    scope_native(m, p->holder, native, sizeof(native));
    pool_text(m, p, text, sizeof(text));
    address(m, p->holder, p->n ? 100 : 16, first, sizeof(first));
    address(m, p->holder, p->n ? 110 : 31, last, sizeof(last));
    strbuf_printf(out, "\"native_scope\":\"%s\",\"first\":\"%s\",\"last\":\"%s\",\"native\":\"%s\"", native,
                  first, last, text);
    put_class(m, p, out);
}

static void put_reservation(struct model *m, const struct place *p, struct strbuf *out)
{
    char native[24], text[60];

    scope_native(m, p->holder, native, sizeof(native));
    address(m, p->holder, 5 + p->n, text, sizeof(text));
    strbuf_printf(
        out,
        "\"native_scope\":\"%s\",\"address\":\"%s\",\"identifier_type\":\"hw-address\",\"identifier\":"
        "\"02:00:00:00:00:%02d\",\"native\":\"hw-address=02000000000%d\"",
        native, text, p->n, p->n);
    if (pick(m, 2))
        strbuf_printf(out, ",\"name\":\"host-%u\"", pick(m, 9));
    strbuf_puts(out, some(m, ",\"description\":\"of one\""));
    strbuf_puts(out, some(m, ",\"classes\":[\"x\",\"y\"]"));
}

/* Who holds an option, as the row says it. */
static void put_holder(const struct model *m, int holder, struct strbuf *out)
{
    static const char *const owners[] = { "superscope", "class", "", "scope", "pool", "reservation" };
    const struct place *h = holder < 0 ? NULL : &m->places[holder];
    char native[24], text[130];

    strbuf_printf(out, "\"owner\":\"%s\"", h ? owners[h->kind] : "server");
    if (h && (h->kind == NETWORK || h->kind == CLASS))
        strbuf_printf(out, ",\"holder\":\"v%c/%s%d\"", family(m), h->kind == NETWORK ? "net " : "class-",
                      h->n);
    if (h && h->kind >= SCOPE) {
        scope_native(m, h->kind == SCOPE ? holder : h->holder, native, sizeof(native));
        strbuf_printf(out, ",\"native_scope\":\"%s\"", native);
    }
    if (h && h->kind == POOL) {
        pool_text(m, h, text, sizeof(text));
        strbuf_printf(out, ",\"holder\":\"%s\"", text);
    }
    if (h && h->kind == RESERVATION)
        strbuf_printf(out, ",\"holder\":\"hw-address=02000000000%d\"", h->n);
}

static void put_option(struct model *m, const struct place *p, struct strbuf *out)
{
    unsigned n = 1 + pick(m, 9);

    put_holder(m, p->holder, out);
    if (p->n == 0 && m->service == KEA_DHCP4)
        strbuf_printf(out,
                      ",\"code\":4,\"name\":\"time-servers\",\"data\":\"0a:00:00:%02x:0a:00:00:01\","
                      "\"values\":[\"10.0.0.%u\",\"10.0.0.1\"]",
                      n, n);
    else if (p->n == 0)
        strbuf_printf(out,
                      ",\"code\":23,\"name\":\"dns-servers\",\"data\":\"fd:00:00:00:00:00:00:00:00:00:00:00:"
                      "00:00:00:%02x\",\"values\":[\"fd00::%x\"]",
                      n, n);
    else
        strbuf_printf(out, ",\"code\":%d,\"name\":\"%s\",\"data\":\"61:2c:%02x\",\"values\":[\"a,%u\"]",
                      m->service == KEA_DHCP4 ? 12 : 41,
                      m->service == KEA_DHCP4 ? "host-name" : "new-posix-timezone", '0' + n, n);
    strbuf_puts(out, some(m, ",\"always\":true"));
}

static const char *family_text(const struct model *m)
{
    return m->service == KEA_DHCP4 ? "\"family\":\"ipv4\"," : "\"family\":\"ipv6\",";
}

static void put_definition(struct model *m, const struct place *p, struct strbuf *out)
{
    static const char *const types[] = { "\"uint16\"", "\"text\"", "\"ipv4\"",
                                         "\"record\",\"record_types\":[\"uint8\",\"name\"]" };

    strbuf_printf(out,
                  "\"native\":\"v%c/"
                  "dhcp%c.%d\",\"code\":%d,\"name\":\"d%u\",\"standard\":false,\"array\":%s,\"type\":%s",
                  family(m), family(m), 230 + p->n, 230 + p->n, pick(m, 9), pick(m, 2) ? "true" : "false",
                  types[pick(m, 4)]);
}

/* A row for the place, of random content. */
static char *make_row(struct model *m, struct place *p)
{
    struct strbuf out;
    size_t len;

    strbuf_init(&out, 65536);
    strbuf_putc(&out, '{');
    if (p->kind <= DEFINITION || p->kind == OPTION)
        strbuf_puts(&out, family_text(m));
    switch (p->kind) {
    case NETWORK:
        strbuf_printf(&out, "\"native\":\"v%c/net %d\",\"name\":\"net %d\",\"state\":\"active\"%s%s",
                      family(m), p->n, p->n, some(m, ",\"interface\":\"eth0\""),
                      some(m, ",\"description\":\"d\""));
        break;
    case CLASS:
        strbuf_printf(&out, "\"native\":\"v%c/class-%d\",\"name\":\"class-%d\",\"kind\":\"expression\"%s%s",
                      family(m), p->n, p->n, some(m, ",\"test\":\"member('ALL')\""),
                      some(m, ",\"lease_time\":77"));
        break;
    case DEFINITION: put_definition(m, p, &out); break;
    case SCOPE: put_scope(m, p, &out); break;
    case POOL: put_pool(m, p, &out); break;
    case RESERVATION: put_reservation(m, p, &out); break;
    default: put_option(m, p, &out); break;
    }
    strbuf_putc(&out, '}');
    assert_false(out.failed);
    return strbuf_take(&out, &len);
}

/* --- what there must be --- */

/* A row without its vendor data, in one form. */
static char *normal(const struct record_type *type, const char *json, size_t len, const char *more)
{
    struct record_problems problems;
    struct json_doc *doc = NULL;
    struct ipam_record *rec;
    void *made = NULL;
    struct json_error e;
    struct json_writer w;
    struct strbuf out, text;
    struct arena a;

    arena_init(&a, 0);
    strbuf_init(&text, 65536);
    strbuf_init(&out, 65536);
    strbuf_add(&text, json, len - 1);
    strbuf_printf(&text, "%s}", more);
    if (json_parse(text.data, text.len, 65536, &doc, &e))
        fail_msg("%s in %s", e.message, text.data);
    record_problems_init(&problems, &a);
    if (record_from_json(type, MODE_TRUSTED, doc, json_root(doc), "", &a, &made, NULL, &problems))
        fail_msg("%s: %s in %s", problems.first->pointer, problems.first->message, text.data);
    rec = made;
    for (size_t i = 0; i < type->field_count; i++)
        if (strcmp(type->fields[i].name, "vendor") == 0)
            rec->has[type->fields[i].number >> 6] &= ~((uint64_t)1 << (type->fields[i].number & 63));
    strbuf_printf(&out, "%s ", type->name);
    jw_init(&w, &out);
    record_to_json(rec, NULL, &w);
    json_free(doc);
    strbuf_fini(&text);
    arena_fini(&a);
    return strbuf_take(&out, &len);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A subnet of DHCPv6 without anything to lease is stateless. */
static const char *derived(const struct model *m, int at)
{
    bool leases = false;

    if (m->places[at].kind != SCOPE || m->service == KEA_DHCP4)
        return "";
    for (int i = 0; i < m->count; i++)
        leases = leases || (m->places[i].holder == at && m->places[i].kind != OPTION && m->places[i].row);
    return leases ? ",\"assignment\":\"stateful\"" : ",\"assignment\":\"stateless\"";
}

static size_t rows_of_model(const struct model *m, char **ret)
{
    size_t count = 0;

    for (int i = 0; i < m->count; i++)
        if (m->places[i].row)
            ret[count++] = normal(record_type_by_name(str_from(kind_names[m->places[i].kind])),
                                  m->places[i].row, strlen(m->places[i].row), derived(m, i));
    qsort(ret, count, sizeof(*ret), by_text);
    return count;
}

static size_t rows_of_text(const struct model *m, char **ret)
{
    struct strbuf text, out;
    size_t count = 0;

    strbuf_init(&text, KEA_ANSWER_MAX);
    strbuf_init(&out, KEA_ANSWER_MAX);
    strbuf_printf(&text, "{ \"arguments\": { \"%s\": ", kea_root_key(m->service));
    strbuf_puts(&text, m->text);
    strbuf_puts(&text, " } }");
    assert_int_equal(kea_rows_of(m->service, text.data, text.len, NULL, &out), 0);
    for (char *line = out.data; *line; line += strcspn(line, "\n") + 1) {
        size_t word = strcspn(line, " "), len = strcspn(line, "\n");

        line[len] = '\0';
        if (!strstr(line, "\"standard\":true") && strncmp(line, "dhcp_server ", 12) != 0 &&
            !strstr(line, "/900\""))
            ret[count++] = normal(record_type_by_name((struct ipam_str){ line, word }), line + word + 1,
                                  len - word - 1, "");
        line[len] = '\n';
    }
    qsort(ret, count, sizeof(*ret), by_text);
    strbuf_fini(&text);
    strbuf_fini(&out);
    return count;
}

static void compare(const struct model *m)
{
    char *want[200], *got[400];
    size_t wanted = rows_of_model(m, want), had = rows_of_text(m, got);

    for (size_t i = 0; i < wanted && i < had; i++)
        if (strcmp(want[i], got[i]) != 0)
            fail_msg("got\n%s\nwant\n%s\nin %s", got[i], want[i], m->text);
    if (wanted != had)
        fail_msg("%zu rows, and %zu in %s", wanted, had, m->text);
    for (size_t i = 0; i < wanted; i++) {
        free(want[i]);
        free(got[i]);
    }
    assert_non_null(strstr(m->text, FOREIGN_ROOT));
    assert_non_null(strstr(m->text, foreign(m)));
}

/* --- edits --- */

static bool is_used(const struct model *m, int at)
{
    bool used = false;

    for (int i = 0; i < m->count; i++)
        used = used || (m->places[i].row && (m->places[i].network == at || m->places[i].only_of == at));
    return used;
}

static void remove_all(struct model *m, int at)
{
    for (int i = 0; i < m->count; i++)
        if (m->places[i].holder == at && m->places[i].row)
            remove_all(m, i);
    free(m->places[at].row);
    m->places[at].row = NULL;
    m->places[at].network = m->places[at].only_of = -1;
}

/* Puts one edit that can be made into the call, and into the model. False: there was none at that place. */
static bool add_edit(struct model *m, struct strbuf *edits)
{
    int at = (int)pick(m, (unsigned)m->count);
    struct place *p = &m->places[at];
    const char *verb = !p->row ? "add" : pick(m, 3) ? "set" : "delete", *kind = kind_names[p->kind];
    char *row;

    if ((p->holder >= 0 && !m->places[p->holder].row) || (verb[0] == 'd' && is_used(m, at)))
        return false;
    strbuf_printf(edits, "%s{\"verb\":\"%s\",\"type\":\"%s\"", edits->len > 1 ? "," : "", verb, kind);
    if (p->row)
        strbuf_printf(edits, ",\"before\":%s", p->row);
    if (verb[0] == 'd') {
        remove_all(m, at);
    } else {
        row = make_row(m, p);
        strbuf_printf(edits, ",\"after\":%s", row);
        free(p->row);
        p->row = row;
    }
    strbuf_putc(edits, '}');
    return true;
}

/* One that cannot be made: the whole call is refused. */
static int add_refused(struct model *m, struct strbuf *edits)
{
    for (int tries = 0; tries < 1000; tries++) {
        int at = (int)pick(m, (unsigned)m->count);
        struct place *p = &m->places[at];
        const char *comma = edits->len > 1 ? "," : "";
        int network = p->network, only_of = p->only_of;
        char *row;

        if (p->row && is_used(m, at)) {
            strbuf_printf(edits, "%s{\"verb\":\"delete\",\"type\":\"%s\",\"before\":%s}", comma,
                          kind_names[p->kind], p->row);
            return IPAM_E_CONFLICT;
        }
        row = make_row(m, p);
        p->network = network;
        p->only_of = only_of;
        strbuf_printf(edits,
                      p->row ? "%s{\"verb\":\"add\",\"type\":\"%s\",\"after\":%s}"
                             : "%s{\"verb\":\"delete\",\"type\":\"%s\",\"before\":%s}",
                      comma, kind_names[p->kind], row);
        free(row);
        return p->row ? IPAM_E_EXIST : IPAM_E_NOENT;
    }
    return 0;
}

static void copy_places(struct place *to, const struct model *m)
{
    memcpy(to, m->places, sizeof(m->places));
    for (int i = 0; i < m->count; i++)
        to[i].row = to[i].row ? strdup(to[i].row) : NULL;
}

static void restore_places(struct model *m, const struct place *from)
{
    for (int i = 0; i < m->count; i++)
        free(m->places[i].row);
    memcpy(m->places, from, sizeof(m->places));
}

/* One call of several edits; now and then the last one is refused, and nothing of it may be there. */
static void call(struct model *m)
{
    int wanted = 1 + (int)pick(m, EDITS_MOST), refused = 0;
    struct place saved[sizeof(m->places) / sizeof(m->places[0])];
    struct kea_edits_result got;
    struct strbuf edits;

    copy_places(saved, m);
    strbuf_init(&edits, 1 << 20);
    strbuf_putc(&edits, '[');
    while (wanted > 0)
        wanted -= add_edit(m, &edits);
    if (pick(m, 5) == 0)
        refused = add_refused(m, &edits);
    strbuf_putc(&edits, ']');
    kea_edits_apply(m->service, m->text, 202, edits.data, &got);
    if (got.edit_status != refused)
        fail_msg("%d and not %d: %s in %s of %s", got.edit_status, refused, got.problem, edits.data, m->text);
    if (refused) {
        assert_null(got.text);
        restore_places(m, saved);
    } else {
        for (int i = 0; i < m->count; i++)
            free(saved[i].row);
        if (got.text) {
            free(m->text);
            m->text = got.text;
        }
        compare(m);
    }
    strbuf_fini(&edits);
}

static void run(enum kea_service service)
{
    const char *name = getenv("KEA_MODEL_SEED");
    struct model m = { .service = service, .seed = (unsigned)time(NULL) };
    struct strbuf text;
    size_t len;

    m.seed = name ? (unsigned)strtoul(name, NULL, 10) : m.seed;
    print_message("seed %u (KEA_MODEL_SEED)\n", m.seed);
    make_places(&m);
    strbuf_init(&text, 65536);
    strbuf_printf(&text, "{ %s, \"subnet%c\": [ ", FOREIGN_ROOT, family(&m));
    strbuf_puts(&text, foreign(&m));
    strbuf_puts(&text, " ] }");
    m.text = strbuf_take(&text, &len);
    for (int i = 0; i < CALLS; i++)
        call(&m);
    for (int i = 0; i < m.count; i++)
        free(m.places[i].row);
    free(m.text);
}

static void test_random4(void **state)
{
    (void)state;
    run(KEA_DHCP4);
}

static void test_random6(void **state)
{
    (void)state;
    run(KEA_DHCP6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random4),
        cmocka_unit_test(test_random6),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
