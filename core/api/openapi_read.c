/* openapi_read.c - the description of what reads take and say: filters, order, pages, headers.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/openapi.h"

#include <stdio.h>
#include <string.h>

#include "api/ask.h"

static void flag(struct json_writer *w, const char *key, bool value)
{
    jw_key(w, key);
    jw_bool(w, value);
}

static void number(struct json_writer *w, const char *key, int64_t value)
{
    jw_key(w, key);
    jw_int(w, value);
}

/* A parameter up to its schema, which is written next; then parameter_end. */
static void parameter(struct json_writer *w, const char *name, const char *in, const char *help)
{
    jw_object(w);
    oa_text(w, "name", name);
    oa_text(w, "in", in);
    if (strcmp(name, "q") == 0 || strcmp(in, "path") == 0) /* all else may be left out */
        flag(w, "required", true);
    if (help != NULL)
        oa_text(w, "description", help);
    jw_key(w, "schema");
    jw_object(w);
}

static void parameter_end(struct json_writer *w)
{
    jw_object_end(w);
    jw_object_end(w);
}

static void plain(struct json_writer *w, const char *name, const char *in, const char *type, const char *help)
{
    parameter(w, name, in, help);
    oa_text(w, "type", type);
    parameter_end(w);
}

/* A list with commas between its items. */
static void list_begin(struct json_writer *w, const char *name, const char *help)
{
    jw_object(w);
    oa_text(w, "name", name);
    oa_text(w, "in", "query");
    if (help != NULL)
        oa_text(w, "description", help);
    oa_text(w, "style", "form");
    flag(w, "explode", false);
    jw_key(w, "schema");
    jw_object(w);
    oa_text(w, "type", "array");
    jw_key(w, "items");
    jw_object(w);
}

static void list_end(struct json_writer *w)
{
    jw_object_end(w);
    parameter_end(w);
}

/* --- filters --- */

/* A value of the field as a query has it. */
static void value_schema(struct json_writer *w, const struct record_field *f, enum record_cmp cmp)
{
    const char *type = f->kind == KIND_BOOL      ? "boolean"
                       : f->kind == KIND_INT     ? "integer"
                       : f->kind == KIND_PERCENT ? "number"
                                                 : "string";

    oa_text(w, "type", type);
    if (f->kind == KIND_TIME)
        oa_text(w, "format", "date-time");
    if (f->kind == KIND_INT && f->min <= f->max) {
        number(w, "minimum", f->min);
        number(w, "maximum", f->max);
    }
    if (f->kind == KIND_REF && cmp == CMP_EQ)
        oa_text(w, "description", "Id, or the natural key of what has a name");
    if (f->kind != KIND_ENUM)
        return;
    jw_key(w, "enum");
    jw_array(w);
    for (unsigned i = 0; f->names[i] != NULL; i++)
        jw_text(w, f->names[i]);
    jw_array_end(w);
}

static void filter_name(const struct record_field *f, enum record_cmp cmp, char name[128])
{
    snprintf(name, 128, "%s%s%s", f->name, cmp != CMP_EQ ? "." : "", record_cmp_name(cmp));
}

static void filter(struct json_writer *w, const struct record_field *f, enum record_cmp cmp)
{
    char name[128];

    filter_name(f, cmp, name);
    if (cmp == CMP_IN) {
        list_begin(w, name, NULL);
        value_schema(w, f, cmp);
        list_end(w);
        return;
    }
    parameter(w, name, "query", cmp == CMP_EQ ? f->help : NULL);
    if (cmp == CMP_NULL)
        oa_text(w, "type", "boolean");
    else if (cmp == CMP_CONTAINS || cmp == CMP_PREFIX)
        oa_text(w, "type", "string");
    else
        value_schema(w, f, cmp);
    parameter_end(w);
}

/* The id and the revision, which most records have: their filters are said once. */
static bool is_common(const struct record_field *f)
{
    const struct record_field *like = record_field_number(record_type(IPAM_T_SPACE), f->number);

    return f->number <= 2 && strcmp(f->name, like->name) == 0 && strcmp(f->help, like->help) == 0;
}

static void common_filters(struct json_writer *w)
{
    for (unsigned n = 1; n <= 2; n++) {
        const struct record_field *f = record_field_number(record_type(IPAM_T_SPACE), n);
        char name[128];

        for (unsigned cmp = 0; cmp < CMP_COUNT; cmp++) {
            if (!record_cmp_fits(f, (enum record_cmp)cmp))
                continue;
            filter_name(f, (enum record_cmp)cmp, name);
            jw_key(w, name);
            filter(w, f, (enum record_cmp)cmp);
        }
    }
}

static void one_filter(struct json_writer *w, const struct record_field *f, enum record_cmp cmp)
{
    char name[128];

    if (!is_common(f)) {
        filter(w, f, cmp);
        return;
    }
    filter_name(f, cmp, name);
    oa_shared(w, name);
}

static void filters(struct json_writer *w, const struct record_type *t)
{
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];

        if (!ask_filters_by(t, f, false))
            continue;
        for (unsigned cmp = 0; cmp < CMP_COUNT; cmp++)
            if (record_cmp_fits(f, (enum record_cmp)cmp) && !(cmp == CMP_EQ && ask_is_own(f->name)))
                one_filter(w, f, (enum record_cmp)cmp);
    }
}

/* --- what every list takes --- */

static void order(struct json_writer *w, const struct record_type *t)
{
    parameter(
        w, "order", "query",
        "Field to order by; with - before it the greatest comes first. Then by id. What has no value comes "
        "first. Absent: by id, changes the newest first, and with within by address");
    oa_text(w, "type", "string");
    jw_key(w, "enum");
    jw_array(w);
    for (unsigned i = 0; i < t->field_count; i++) {
        char name[128];

        if (!ask_orders_by(t, &t->fields[i], false))
            continue;
        jw_text(w, t->fields[i].name);
        snprintf(name, sizeof(name), "-%s", t->fields[i].name);
        jw_text(w, name);
    }
    jw_array_end(w);
    parameter_end(w);
}

/* --- parameters of many operations, said once --- */

static const struct {
    const char *name, *in, *type, *help;
} shared[] = {
    { "key", "path", "string", "Id, or natural key: the slash of a prefix as _, the container after an @" },
    { "at", "query", "string",
      "Records as they were at this revision, or at this time (RFC 3339): the stored fields, not the derived "
      "ones but "
      "expiry, as it stood then. Volatile fields show what they held last before the next change" },
    { "cursor", "query", "string",
      "next of the page before, unchanged; the path, filters, order and at must be the same" },
    { "count", "query", "boolean", "true adds total: how many there are, on all pages; IPAM-Total in CSV" },
    { "dry_run", "query", "boolean", "true changes nothing and answers what would be changed" },
    { "mode", "query", "string",
      "For a file: create, upsert or sync; a sync deletes what the file does not have, in the space= or "
      "within= that is given, of what managed_by=ipamd has" },
    { "create_source", "query", "boolean",
      "For a file: services and instances that are no values of the custom fields Managed by and Managed by "
      "entity become some" },
    { "X-Change-Reason", "header", "string", "Why; kept with the change, 1024 bytes at most" },
    { "Idempotency-Key", "header", "string",
      "1-255 visible ASCII characters that stand for this request: repeated with the same key, within 7 "
      "days, it has "
      "no second effect and gets the same answer again" },
    { "If-Match", "header", "string",
      "ETags, or *: refused with 412 unless the object has one of them when the change is decided" },
    { "If-None-Match", "header", "string",
      "ETag of an answer: 304 when the object has not changed since. Only where fields leaves out those that "
      "move "
      "without a revision: derived and volatile ones" },
    { "IPAM-Min-Revision", "header", "integer",
      "Wait until this revision is here, 2 s at most, else 503 behind" },
};

void oa_shared(struct json_writer *w, const char *name)
{
    jw_object(w);
    oa_ref(w, "parameters", name);
    jw_object_end(w);
}

static void limit(struct json_writer *w)
{
    jw_key(w, "limit");
    parameter(w, "limit", "query",
              "Rows of one page. A page may be shorter while next says that there are more");
    oa_text(w, "type", "integer");
    number(w, "minimum", 1);
    number(w, "maximum", ASK_LIMIT_MOST);
    number(w, "default", ASK_LIMIT_DEFAULT);
    parameter_end(w);
}

/* Whether a list or an object of the type can be asked for some of its fields. */
static bool shows_fields(const struct route *r)
{
    return r->handler == handle_list || r->handler == handle_made_list || r->handler == handle_get ||
           r->handler == handle_made_get;
}

static const char *fields_name(const struct record_type *t, char name[64])
{
    snprintf(name, 64, "%s_fields", t->name);
    return name;
}

static void fields(struct json_writer *w, const struct record_type *t)
{
    list_begin(w, "fields", "Only these fields, as members of JSON (with the id) or as columns of CSV");
    oa_text(w, "type", "string");
    jw_key(w, "enum");
    jw_array(w);
    for (unsigned i = 0; i < t->field_count; i++)
        if (!(t->fields[i].flags & FIELD_SECRET))
            jw_text(w, t->fields[i].name);
    jw_array_end(w);
    list_end(w);
}

/* Of each type once, for its list and its objects. */
static void all_fields(struct json_writer *w)
{
    unsigned count;
    const struct record_type *types = record_types(&count);
    for (unsigned i = 0; i < count; i++) {
        const struct route *r = api_routes;
        char name[64];
        while (r->path != NULL && (r->type != types[i].type || !shows_fields(r)))
            r++;
        if (r->path == NULL)
            continue;
        jw_key(w, fields_name(&types[i], name));
        fields(w, &types[i]);
    }
}

void oa_shared_parameters(struct json_writer *w)
{
    jw_key(w, "parameters");
    jw_object(w);
    limit(w);
    common_filters(w);
    all_fields(w);
    for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
        jw_key(w, shared[i].name);
        plain(w, shared[i].name, shared[i].in, shared[i].type, shared[i].help);
    }
    jw_object_end(w);
}

static void at(struct json_writer *w, const struct record_type *t)
{
    if (ask_has_past(t))
        oa_shared(w, "at");
}

static void page(struct json_writer *w)
{
    oa_shared(w, "limit");
    oa_shared(w, "cursor");
}

static void list_parameters(struct json_writer *w, const struct record_type *t)
{
    struct record_place place;
    char name[64];

    page(w);
    oa_shared(w, "count");
    order(w, t);
    oa_shared(w, fields_name(t, name));
    at(w, t);
    if (t->type >= IPAM_T_SUBNET && t->type <= IPAM_T_ADDRESS)
        plain(w, "dialect", "query", "string",
              "With Accept: text/csv, the columns of a file as another product takes it: \""
              "windows"
              "\"");
    if (record_place_of(t, &place)) {
        plain(w, "within", "query", "string", "Only what lies in this prefix");
        plain(w, "overlaps", "query", "string", "Only what has an address in common with this prefix");
        plain(w, "contains", "query", "string", "Only what holds this address or prefix");
    }
    filters(w, t);
}

void oa_read_parameters(struct json_writer *w, const struct route *r)
{
    const struct record_type *t = record_type(r->type);
    bool list = r->handler == handle_list || r->handler == handle_made_list;
    char name[64];

    if (list) {
        list_parameters(w, t);
    } else if (r->handler == handle_find) {
        parameter(w, "q", "query",
                  "An address, a prefix, a MAC address, client id or DUID in any spelling, whole or in "
                  "part, or a name or part of one");
        oa_text(w, "type", "string");
        number(w, "minLength", 1);
        number(w, "maxLength", 255);
        parameter_end(w);
        page(w);
    } else if (r->handler == handle_free_prefixes || r->handler == handle_free_addresses ||
               r->handler == handle_reclaimable || r->handler == handle_address_records ||
               r->handler == handle_mappable_zones) {
        page(w);
        if (r->handler == handle_reclaimable)
            plain(w, "expiry", "query", "string",
                  "active, alert or expired, or several with commas: only those that are; absent: all");
    } else if (r->handler == handle_report_free || r->handler == handle_report_owners) {
        page(w);
        plain(w, "within", "query", "string", "Only what lies in this prefix");
        if (r->handler == handle_report_free) {
            plain(w, "space", "query", "string", "Only of this address space, by name or id; absent: of all");
            plain(w, "length", "query", "integer", "Count the free prefixes of this length, too");
        }
    } else if (r->handler == handle_explain_client) {
        plain(w, "server", "query", "string",
              "The DHCP server, by name or id; absent: that of the scope, or of the relay");
        plain(w, "scope", "query", "string", "The scope of the link that the client is on");
        plain(w, "relay", "query", "string", "Address of its relay on that link; with a scope or without");
        plain(w, "mac", "query", "string", "Its hardware address");
        plain(w, "client_id", "query", "string", "Its DHCPv4 client identifier");
        plain(w, "duid", "query", "string", "Its DHCPv6 client identifier");
        plain(w, "vendor_class", "query", "string", "The vendor class that it sends (DHCPv4)");
        plain(w, "user_class", "query", "string", "The user class that it sends");
        plain(w, "name", "query", "string", "The host name that it sends");
        plain(w, "options", "query", "string",
              "Further options that it sends: CODE=HEX, with commas between them");
        plain(w, "asks", "query", "string",
              "Codes of the options that it asks for, with commas between them");
    } else if (r->handler == handle_query_run) {
        page(w);
        plain(w, "count", "query", "boolean", "true adds total: how many there are, on all pages");
        plain(w, "at", "query", "string", "The list as it was at this revision or time, where it has a past");
    } else if (r->handler == handle_get || r->handler == handle_made_get) {
        oa_shared(w, fields_name(t, name));
        at(w, t);
    }
    if (r->handler == handle_get)
        oa_shared(w, "If-None-Match");
    if (r->operation != NULL)
        oa_shared(w, "IPAM-Min-Revision");
}

/* --- headers --- */

static const char headers[] =
    "{\"Idempotency-Replayed\":{\"description\":\"true: the answer that the key was given before\","
    "\"schema\":{\"enum\":[\"true\"]}},"
    "\"X-Request-Id\":{\"required\":true,\"description\":\"Names the request in the logs\",\"schema\":{"
    "\"type\":\"string\"}},"
    "\"IPAM-Revision\":{\"required\":true,\"description\":\"The revision whose stored fields are shown; of "
    "a write the newest\",\"schema\":{\"type\":\"integer\",\"minimum\":0}},"
    "\"ETag\":{\"required\":true,\"description\":\"The object's revision, in quotes\",\"schema\":{"
    "\"type\":\"string\",\"pattern\":\"^\\\"[0-9]+\\\"$\"}},"
    "\"Location\":{\"description\":\"Where the object or the job is\",\"schema\":{\"type\":\"string\"}},"
    "\"IPAM-Next\":{\"description\":\"CSV alone: the cursor of the next page; absent on the last\","
    "\"schema\":{\"type\":\"string\"}},"
    "\"IPAM-Total\":{\"description\":\"CSV alone, with count=true: how many rows there are\",\"schema\":{"
    "\"type\":\"integer\",\"minimum\":0}}}";

static const char found_schema[] =
    "{\"type\":\"object\",\"title\":\"found\",\"description\":\"A record that answers to what was looked "
    "for\","
    "\"additionalProperties\":false,\"required\":[\"type\",\"id\",\"key\",\"match\",\"field\",\"href\","
    "\"object\"],"
    "\"properties\":{\"type\":{\"type\":\"string\",\"description\":\"Record\"},\"id\":{\"type\":\"integer\"},"
    "\"key\":{\"type\":\"string\",\"description\":\"Natural key\"},"
    "\"match\":{\"type\":\"string\",\"enum\":[\"exact\",\"encloses\",\"begins\",\"contains\"]},"
    "\"field\":{\"type\":\"string\",\"description\":\"Field by which it was found\"},"
    "\"href\":{\"type\":\"string\"},\"object\":{\"type\":\"object\",\"description\":\"The record\"}}}";

void oa_header_components(struct json_writer *w)
{
    jw_key(w, "headers");
    jw_raw(w, IPAM_STR(headers));
}

void oa_found_schema(struct json_writer *w)
{
    jw_key(w, "found");
    jw_raw(w, IPAM_STR(found_schema));
}

static void header(struct json_writer *w, const char *name)
{
    char path[96];

    snprintf(path, sizeof(path), "#/components/headers/%s", name);
    jw_key(w, name);
    jw_object(w);
    oa_text(w, "$ref", path);
    jw_object_end(w);
}

void oa_unchanged_headers(struct json_writer *w)
{
    jw_key(w, "headers");
    jw_object(w);
    header(w, "X-Request-Id");
    header(w, "IPAM-Revision");
    header(w, "ETag");
    jw_object_end(w);
}

void oa_headers(struct json_writer *w, const struct route *r, enum oa_answer answer)
{
    bool created = r->handler == handle_create || r->handler == handle_server_job ||
                   r->handler == handle_server_delete || r->handler == handle_task_run ||
                   r->handler == handle_task_purge || r->handler == handle_record_address;

    jw_key(w, "headers");
    jw_object(w);
    header(w, "X-Request-Id");
    header(w, "IPAM-Revision");
    if (answer == OA_OBJECT)
        header(w, "ETag");
    if (r->method != HTTP_GET_)
        header(w, "Idempotency-Replayed");
    if (created)
        header(w, "Location");
    if (answer == OA_LIST) {
        header(w, "IPAM-Next");
        header(w, "IPAM-Total");
    }
    jw_object_end(w);
}
