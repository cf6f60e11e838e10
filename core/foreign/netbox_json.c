/* netbox_json.c - the JSON of NetBox's REST API: pages, lists, or single objects, one after another.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A page is {"count", "next", "previous", "results": [objects]}. One object is held at a time: a scanner that
 * knows brackets and strings cuts it out, and the strict reader of base/json judges it. */
#include <stdlib.h>
#include <string.h>

#include "foreign/netbox.h"

enum state {
    OUTER,  /* before a value of the text */
    HEAD,   /* in an object of it, that may be a page before its results */
    FIRST,  /* in a list, before anything */
    NEXT,   /* after a comma */
    OBJECT, /* in an object of the list */
    AFTER,  /* after it */
    TAIL,   /* in a page, after its results */
};

struct netbox_json {
    enum state state;
    bool page; /* the list is in one */
    bool string, escaped;
    unsigned depth;       /* of brackets in what is held */
    uint32_t line, first; /* of what comes, of what is held */
    struct strbuf held;
};

/* --- objects --- */

static struct ipam_str text_of(struct foreign *f, const struct json_doc *doc, const struct json *v);

static struct ipam_str joined(struct foreign *f, const struct json_doc *doc, const struct json *list)
{
    struct strbuf b;
    strbuf_init(&b, FOREIGN_ROW_MAX);
    for (const struct json *v = json_first(list); v != NULL; v = json_next(v)) {
        struct ipam_str one = json_type(v) != JSON_ARRAY ? text_of(f, doc, v) : (struct ipam_str){ NULL, 0 };
        strbuf_addstr(&b, one);
        strbuf_putc(&b, NETBOX_SEPARATOR);
    }
    struct ipam_str all = arena_str(&f->arena, strbuf_str(&b));
    strbuf_fini(&b);
    return all;
}

/* What stands for an object that another one refers to: its value, name or address. */
static struct ipam_str object_text(struct foreign *f, const struct json *v)
{
    static const char *const members[] = { "value", "name", "address", "display" };
    struct ipam_str name = { NULL, 0 };
    int64_t vid;
    for (size_t i = 0; i < 4 && name.len == 0; i++)
        name = json_str(json_get(v, members[i]));
    if (json_int(json_get(v, "vid"), &vid) != 0)
        return name;
    const char *text = arena_printf(&f->arena, STR_FMT " (%lld)", STR_ARG(name), (long long)vid);
    return str_from(text != NULL ? text : "");
}

static struct ipam_str text_of(struct foreign *f, const struct json_doc *doc, const struct json *v)
{
    switch (json_type(v)) {
    case JSON_STRING: return foreign_trim(json_str(v));
    case JSON_NUMBER:
    case JSON_TRUE:
    case JSON_FALSE: return json_span(doc, v);
    case JSON_OBJECT: return object_text(f, v);
    case JSON_ARRAY: return joined(f, doc, v);
    default: return (struct ipam_str){ NULL, 0 };
    }
}

static const struct foreign_column *columns_of(const struct json *v, uint32_t *ret_type)
{
    const struct json *status = json_get(v, "status");
    struct ipam_str word =
        json_type(status) == JSON_OBJECT ? json_str(json_get(status, "value")) : json_str(status);
    if (json_get(v, "start_address") != NULL) {
        *ret_type = IPAM_T_RANGE;
        return netbox_ranges;
    }
    if (json_get(v, "address") != NULL) {
        *ret_type = IPAM_T_ADDRESS;
        return netbox_addresses;
    }
    if (json_get(v, "prefix") == NULL)
        return NULL;
    bool aggregate = json_get(v, "rir") != NULL;
    *ret_type = aggregate ? IPAM_T_BLOCK : netbox_prefix_type(word);
    return aggregate ? netbox_aggregates : netbox_prefixes;
}

/* The interface of an address is told with what it is in. */
static void take_parent(struct foreign *f, const struct json *interface)
{
    foreign_extra(f, "device", json_str(json_get(json_get(interface, "device"), "name")));
    foreign_extra(f, "virtual machine", json_str(json_get(json_get(interface, "virtual_machine"), "name")));
}

static void pass_custom(struct foreign *f, const struct json *fields, uint32_t line)
{
    char shown[RECORD_ECHO_SIZE];
    for (const struct json *v = json_first(fields); v != NULL; v = json_next(v))
        if (json_type(v) != JSON_NULL)
            foreign_pass(
                f, foreign_noting(f, "a value of the custom field \"%s\"", record_echo(json_key(v), shown)),
                line);
}

static void take_member(struct foreign *f, const struct json_doc *doc, const struct foreign_column *columns,
                        const struct json *v, uint32_t line)
{
    struct ipam_str key = json_key(v), value = text_of(f, doc, v);
    const struct foreign_column *c = foreign_column(columns, key);
    char shown[RECORD_ECHO_SIZE];
    f->where = arena_strdup(&f->arena, record_echo(key, shown));
    if (str_is(key, "custom_fields"))
        pass_custom(f, v, line);
    else if (c == NULL && !foreign_is_no(value))
        foreign_pass(f, foreign_noting(f, "a value of \"%s\"", shown), line);
    else if (c != NULL && c->take != NULL)
        c->take(f, c, value);
    if (str_is(key, "assigned_object"))
        take_parent(f, v);
    f->where = NULL;
}

static void take_object(struct foreign *f, const struct json_doc *doc, const struct json *v, uint32_t line)
{
    uint32_t type = 0;
    const struct foreign_column *columns = columns_of(v, &type);
    if (!foreign_begin(f, type, line))
        return;
    if (columns == NULL)
        foreign_refuse(
            f, "the object is no aggregate (prefix and rir), prefix (prefix), range (start_address) or "
               "address (address)");
    for (const struct json *m = json_first(v); m != NULL && columns != NULL && f->row.rec != NULL;
         m = json_next(m))
        take_member(f, doc, columns, m, line);
    foreign_emit(f);
}

/* --- the text --- */

static void hold(struct netbox_json *n, enum state state, const char *begin)
{
    strbuf_reset(&n->held);
    strbuf_puts(&n->held, begin);
    n->state = state;
    n->depth = 1;
    n->string = n->escaped = false;
    n->first = n->line;
}

static void tell_next(struct foreign *f, const struct json *page, uint32_t line)
{
    if (json_str(json_get(page, "next")).len > 0)
        foreign_pass(f, foreign_noting(f, "a page after which there are more, as its \"next\" says"), line);
}

/* Places in the message are of what is held. */
static int bad_json(struct foreign *f, const struct netbox_json *n, const struct json_error *e)
{
    size_t len = strcspn(e->message, ";");
    return foreign_fail(f, "line %u: %.*s", n->first + e->line - 1, (int)len, e->message);
}

/* What is held is whole. */
static int whole(struct foreign *f, struct netbox_json *n)
{
    struct json_doc *doc;
    struct json_error e;
    if (n->held.failed)
        return foreign_fail(f, "line %u: an object of more than 1 MiB", n->first);
    arena_reset(&f->arena);
    if (json_parse(n->held.data, n->held.len, FOREIGN_ROW_MAX, &doc, &e) != 0)
        return bad_json(f, n, &e);
    if (n->state == HEAD || n->state == OBJECT)
        take_object(f, doc, json_root(doc), n->first);
    else
        tell_next(f, json_root(doc), n->first);
    json_free(doc);
    n->state = n->state == OBJECT ? AFTER : OUTER;
    return 0;
}

/* Whether what is held, a bracket open, ends with the name of a page's list. */
static bool at_results(const struct netbox_json *n)
{
    static const char name[] = "\"results\"";
    struct ipam_str s = foreign_trim(strbuf_str(&n->held));
    if (n->state != HEAD || n->depth != 1 || s.len == 0 || s.data[--s.len] != ':')
        return false;
    s = foreign_trim(s);
    return s.len > strlen(name) && memcmp(s.data + s.len - strlen(name), name, strlen(name)) == 0;
}

/* The page so far, as if it were empty. */
static int begin_results(struct foreign *f, struct netbox_json *n)
{
    struct json_doc *doc;
    struct json_error e;
    struct strbuf page;
    strbuf_init(&page, FOREIGN_ROW_MAX);
    strbuf_addstr(&page, strbuf_str(&n->held));
    strbuf_puts(&page, "[]}");
    if (page.failed) {
        strbuf_fini(&page);
        return foreign_fail(f, "line %u: an object of more than 1 MiB", n->first);
    }
    int rc = json_parse(page.data, page.len, FOREIGN_ROW_MAX, &doc, &e);
    if (rc == 0) {
        tell_next(f, json_root(doc), n->first);
        json_free(doc);
        n->page = true;
        n->state = FIRST;
    } else {
        rc = bad_json(f, n, &e);
    }
    strbuf_fini(&page);
    return rc;
}

static int inside(struct foreign *f, struct netbox_json *n, char c)
{
    if (!n->string && c == '[' && at_results(n))
        return begin_results(f, n);
    strbuf_putc(&n->held, c);
    if (n->string) {
        n->string = n->escaped || c != '"';
        n->escaped = !n->escaped && c == '\\';
        return 0;
    }
    n->string = c == '"';
    n->depth += c == '{' || c == '[';
    n->depth -= c == '}' || c == ']';
    return n->depth == 0 || n->held.failed ? whole(f, n) : 0;
}

static int unexpected(struct foreign *f, const struct netbox_json *n, const char *wanted)
{
    return foreign_fail(f, "line %u: %s is expected there", n->line, wanted);
}

/* Between the objects. */
static int between(struct foreign *f, struct netbox_json *n, char c)
{
    if (strchr(" \t\r\n", c) != NULL && c != '\0')
        return 0;
    switch (n->state) {
    case OUTER:
        if (c == '{') {
            hold(n, HEAD, "{");
        } else if (c == '[') {
            n->page = false;
            n->state = FIRST;
        } else {
            return unexpected(f, n, "an object or a list of objects");
        }
        return 0;
    case AFTER:
        if (c == ',') {
            n->state = NEXT;
            return 0;
        }
        break;
    default:
        if (c == '{') {
            hold(n, OBJECT, "{");
            return 0;
        }
    }
    if (c != ']' || n->state == NEXT)
        return unexpected(f, n, n->state == AFTER ? "a comma or the end of the list" : "an object");
    if (n->page)
        hold(n, TAIL, "{\"results\":[]");
    else
        n->state = OUTER;
    return 0;
}

struct netbox_json *netbox_json_open(uint32_t line)
{
    struct netbox_json *n = xcalloc(1, sizeof(*n));
    n->line = line;
    strbuf_init(&n->held, FOREIGN_ROW_MAX);
    return n;
}

int netbox_json_feed(struct foreign *f, struct netbox_json *n, struct ipam_str piece)
{
    int rc = 0;
    for (size_t i = 0; i < piece.len && rc == 0; i++) {
        char c = piece.data[i];
        rc = n->state == HEAD || n->state == OBJECT || n->state == TAIL ? inside(f, n, c) : between(f, n, c);
        n->line += c == '\n';
    }
    return rc;
}

int netbox_json_end(struct foreign *f, struct netbox_json *n)
{
    if (n->state == OUTER)
        return 0;
    return foreign_fail(f, "line %u: the text ends inside what begins in line %u", n->line,
                        n->first > 0 ? n->first : 1);
}

void netbox_json_fini(struct netbox_json *n)
{
    if (n != NULL)
        strbuf_fini(&n->held);
    free(n);
}
