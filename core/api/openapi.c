/* openapi.c - the OpenAPI 3.1 document, made from the route and record tables.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "api/call.h"

static void text(struct json_writer *w, const char *key, const char *value)
{
    jw_key(w, key);
    jw_text(w, value);
}

static void ref(struct json_writer *w, const char *section, const char *name)
{
    char path[128];
    snprintf(path, sizeof(path), "#/components/%s/%s", section, name);
    text(w, "$ref", path);
}

static void schema_of(struct json_writer *w, const char *type)
{
    jw_key(w, "schema");
    jw_object(w);
    text(w, "type", type);
    jw_object_end(w);
}

static void parameter(struct json_writer *w, const char *name, const char *in, bool required,
                      const char *type, const char *help)
{
    jw_object(w);
    text(w, "name", name);
    text(w, "in", in);
    jw_key(w, "required");
    jw_bool(w, required);
    text(w, "description", help);
    schema_of(w, type);
    jw_object_end(w);
}

static void content(struct json_writer *w, const char *media)
{
    jw_key(w, "content");
    jw_object(w);
    jw_key(w, media);
    jw_object(w);
    jw_key(w, "schema");
}

static void content_end(struct json_writer *w)
{
    jw_object_end(w);
    jw_object_end(w);
}

static bool is_list(const struct route *r)
{
    return r->method == HTTP_GET_ && strstr(r->path, "{key}") == NULL && r->type != 0;
}

static bool is_allocate(const struct route *r)
{
    return r->handler == handle_allocate;
}

/* Made when it is asked for: of no storage, without an id. */
static bool is_made(const struct record_type *t)
{
    return t != NULL && t->residency == RES_NONE;
}

/* Fields a list can be filtered by: all that are stored for resident rows, the indexed ones otherwise. */
static bool filterable(const struct record_type *t, const struct record_field *f)
{
    if (is_made(t))
        return made_filterable(f);
    if ((f->flags & FIELD_DERIVED) != 0 || t->type == IPAM_T_CHANGE)
        return false;
    return t->residency == RES_RESIDENT || (f->flags & FIELD_INDEXED) != 0;
}

static void parameters(struct json_writer *w, const struct route *r)
{
    const struct record_type *t = record_type(r->type);
    jw_key(w, "parameters");
    jw_array(w);
    if (strstr(r->path, "{key}") != NULL)
        parameter(w, "key", "path", true, "string",
                  is_made(t) ? "Its name"
                             : "Id, or natural key: the slash of a prefix as _, the container after an @");
    if (is_list(r)) {
        parameter(w, "limit", "query", false, "integer", "Rows of one page, 1-1000; 100 when absent");
        parameter(w, "cursor", "query", false, "string", "next of the page before");
        parameter(w, "count", "query", false, "boolean", "true adds total");
        bool placed = false;
        for (unsigned i = 0; i < t->field_count; i++)
            placed = placed || ((t->fields[i].flags & FIELD_KEY) != 0 &&
                                (t->fields[i].kind == KIND_PREFIX || t->fields[i].kind == KIND_ADDR));
        if (placed)
            parameter(w, "within", "query", false, "string", "Only what lies in this prefix");
        for (unsigned i = 0; i < t->field_count; i++)
            if (filterable(t, &t->fields[i]))
                parameter(w, t->fields[i].name, "query", false, "string", t->fields[i].help);
    }
    if (is_made(t))
        parameter(w, "fields", "query", false, "string", "Only these fields: names with commas between them");
    if (r->method != HTTP_GET_)
        parameter(w, "X-Change-Reason", "header", false, "string",
                  "Why; kept with the change, 1024 bytes at most");
    if (is_allocate(r))
        parameter(w, "wait", "query", false, "string",
                  "How long to wait for the DHCP server, such as 10s; 60s at the most");
    jw_array_end(w);
}

static void request_body(struct json_writer *w, const struct route *r)
{
    const struct record_type *t = record_type(r->type);
    bool allocate = is_allocate(r);
    if ((r->method != HTTP_POST_ && r->method != HTTP_PATCH_) || (r->verb != NULL && !allocate))
        return;
    jw_key(w, "requestBody");
    jw_object(w);
    jw_key(w, "required");
    jw_bool(w, !allocate);
    content(w, "application/json");
    jw_object(w);
    if (allocate) {
        ref(w, "schemas", "allocation");
    } else if (r->method == HTTP_POST_ && r->handler == handle_create) {
        jw_key(w, "oneOf");
        jw_array(w);
        jw_object(w);
        ref(w, "schemas", t->name);
        jw_object_end(w);
        jw_object(w);
        text(w, "type", "array");
        jw_key(w, "items");
        jw_object(w);
        ref(w, "schemas", t->name);
        jw_object_end(w);
        jw_object_end(w);
        jw_array_end(w);
    } else if (r->method == HTTP_PATCH_) {
        text(w, "type", "object");
        text(w, "description", "The fields to change; null clears one");
    } else {
        ref(w, "schemas", t->name);
    }
    jw_object_end(w);
    content_end(w);
    jw_object_end(w);
}

static void list_schema(struct json_writer *w, const struct record_type *t, bool paged)
{
    jw_key(w, "properties");
    jw_object(w);
    jw_key(w, "items");
    jw_object(w);
    text(w, "type", "array");
    jw_key(w, "items");
    jw_object(w);
    ref(w, "schemas", t->name);
    jw_object_end(w);
    jw_object_end(w);
    if (!paged) {
        jw_object_end(w);
        return;
    }
    jw_key(w, "next");
    jw_object(w);
    jw_key(w, "type");
    jw_array(w);
    jw_text(w, "string");
    jw_text(w, "null");
    jw_array_end(w);
    jw_object_end(w);
    jw_key(w, "total");
    jw_object(w);
    text(w, "type", "integer");
    jw_object_end(w);
    jw_object_end(w);
}

/* The status of success and the record type that is answered. */
static const char *success(const struct route *r, const struct record_type **ret)
{
    *ret = record_type(r->type);
    if (is_allocate(r)) {
        *ret = record_type(IPAM_T_ADDRESS);
        return "201";
    }
    if (r->handler == handle_server_job || r->handler == handle_server_delete ||
        r->handler == handle_job_cancel) {
        *ret = record_type(IPAM_T_JOB);
        return "202";
    }
    if (r->handler == handle_reservation_create || r->handler == handle_reservation_delete ||
        r->handler == handle_plan_resume) {
        *ret = record_type(IPAM_T_PLAN);
        return "202";
    }
    return r->method == HTTP_DELETE_ ? "204" : r->method == HTTP_POST_ ? "201" : "200";
}

/* A list of the records, or one of them; after the creation of one or many, either. */
static void answer_schema(struct json_writer *w, const struct route *r, const struct record_type *t,
                          bool list)
{
    bool either = r->handler == handle_create;
    jw_object(w);
    if (either) {
        jw_key(w, "oneOf");
        jw_array(w);
        jw_object(w);
    }
    if (!list)
        ref(w, "schemas",
            r->handler == handle_plan_get     ? "plan_with_steps"
            : r->handler == handle_change_get ? "change_with_items"
                                              : t->name);
    if (either) {
        jw_object_end(w);
        jw_object(w);
    }
    if (list || either) {
        text(w, "type", "object");
        list_schema(w, t, is_list(r));
    }
    if (either) {
        jw_object_end(w);
        jw_array_end(w);
    }
    jw_object_end(w);
}

static void response(struct json_writer *w, const struct route *r, const char *status,
                     const char *description)
{
    const struct record_type *t;
    bool list = is_list(r) || is_allocate(r);
    bool empty = strcmp(success(r, &t), "204") == 0;
    jw_key(w, status);
    jw_object(w);
    text(w, "description", description);
    if (!empty) {
        content(w, "application/json");
        if (t != NULL)
            answer_schema(w, r, t, list);
        else
            jw_raw(w, IPAM_STR("{\"type\":\"object\"}"));
        jw_object_end(w);
        if (is_list(r)) {
            jw_key(w, "text/csv");
            jw_raw(w, IPAM_STR("{\"schema\":{\"type\":\"string\"}}"));
        }
        jw_object_end(w);
    }
    jw_object_end(w);
}

static void responses(struct json_writer *w, const struct route *r)
{
    const struct record_type *t;
    jw_key(w, "responses");
    jw_object(w);
    response(w, r, success(r, &t), "Done");
    if (is_allocate(r))
        response(w, r, "200", "The claim had them already");
    jw_key(w, "default");
    jw_object(w);
    ref(w, "responses", "problem");
    jw_object_end(w);
    jw_object_end(w);
}

static void operation_id(struct json_writer *w, const struct route *r)
{
    char id[128];
    size_t n = 0;
    n += (size_t)snprintf(id, sizeof(id), "%s", http_method_name(r->method));
    for (size_t i = 0; i < n; i++)
        id[i] = (char)(id[i] | 0x20);
    for (const char *p = r->path; *p != '\0' && n < sizeof(id) - 1; p++)
        if (*p != '{' && *p != '}')
            id[n++] = *p == '/' || *p == '-' || *p == '.' ? '_' : *p;
    id[n] = '\0';
    text(w, "operationId", id);
}

static void operation(struct json_writer *w, const struct route *r)
{
    static const char *const methods[] = { "get", "head", "post", "put", "patch", "delete" };
    jw_key(w, methods[r->method]);
    jw_object(w);
    operation_id(w, r);
    text(w, "summary", r->help);
    if (r->operation != NULL) {
        text(w, "x-ipam-operation", r->operation);
    } else {
        jw_key(w, "security");
        jw_array(w);
        jw_array_end(w);
    }
    parameters(w, r);
    request_body(w, r);
    responses(w, r);
    jw_object_end(w);
}

static void paths(struct json_writer *w)
{
    jw_key(w, "paths");
    jw_object(w);
    for (const struct route *r = api_routes; r->path != NULL; r++) {
        bool first = true;
        for (const struct route *s = api_routes; s < r; s++)
            first = first && strcmp(s->path, r->path) != 0;
        if (!first)
            continue;
        char path[128];
        snprintf(path, sizeof(path), "/api/v1%s", r->path);
        jw_key(w, path);
        jw_object(w);
        for (const struct route *s = r; s->path != NULL; s++)
            if (strcmp(s->path, r->path) == 0)
                operation(w, s);
        jw_object_end(w);
    }
    jw_object_end(w);
}

static const char allocation_schema[] =
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
    "\"count\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000,\"default\":1},"
    "\"strategy\":{\"enum\":[\"first\",\"last\",\"random\"],\"default\":\"first\"},"
    "\"claim\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":255,\"description\":\"The same claim and "
    "request get the same addresses for ever\"},"
    "\"reservation\":{\"oneOf\":[{\"type\":\"boolean\"},{\"type\":\"object\",\"properties\":{\"identifier_"
    "type\":{\"type\":\"string\"},"
    "\"identifier\":{\"type\":\"string\"}}}],\"description\":\"Also keep the address on its DHCP server\"},"
    "\"name\":{\"type\":\"string\"},\"mac\":{\"type\":\"string\"},\"description\":{\"type\":\"string\"}}}";

static const char problem_schema[] =
    "{\"type\":\"object\",\"required\":[\"type\",\"title\",\"status\",\"detail\"],\"properties\":{\"type\":{"
    "\"type\":\"string\"},"
    "\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},"
    "\"hint\":{\"type\":\"string\"},"
    "\"errors\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"pointer\":{\"type\":"
    "\"string\"},\"message\":{\"type\":\"string\"}}}}}}";

/* What is shown of a record beside its fields. */
static const char plan_steps_schema[] =
    "\"plan_steps\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/plan_step\"}}";
static const char objects_schema[] =
    "\"before\":{\"type\":\"object\",\"description\":\"The object before, its fields by name\"},"
    "\"after\":{\"type\":\"object\",\"description\":\"The object after, its fields by name\"}";
static const char items_schema[] =
    "\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,"
    "\"properties\":{"
    "\"type\":{\"type\":\"string\",\"description\":\"Record\"},\"id\":{\"type\":\"integer\"},"
    "\"verb\":{\"enum\":[\"add\",\"set\",\"delete\"]},\"key\":{\"type\":\"string\",\"description\":\"Natural "
    "key\"},"
    "\"fields\":{\"type\":\"object\",\"description\":\"The fields that changed, as they are now\"}}}}";

/* The fields of a record but those in `hidden`, and more members. */
static void wider_schema(struct json_writer *w, const char *name, uint32_t type, uint64_t hidden,
                         const char *more)
{
    const struct record_type *t = record_type(type);
    const uint64_t fields[2] = { ~hidden, ~0ull };
    jw_key(w, name);
    jw_object(w);
    text(w, "type", "object");
    text(w, "title", name);
    text(w, "description", t->help);
    jw_key(w, "properties");
    jw_object(w);
    record_schema_properties(t, fields, w);
    strbuf_putc(w->out, ',');
    strbuf_puts(w->out, more);
    jw_object_end(w);
    jw_key(w, "additionalProperties");
    jw_bool(w, false);
    jw_object_end(w);
}

static void components(struct json_writer *w)
{
    unsigned count;
    const struct record_type *types = record_types(&count);
    jw_key(w, "components");
    jw_object(w);
    jw_key(w, "schemas");
    jw_object(w);
    for (unsigned i = 0; i < count; i++) {
        if (types[i].group == NULL || types[i].type == IPAM_T_PLAN_STEP)
            continue;
        jw_key(w, types[i].name);
        record_schema(&types[i], w);
    }
    wider_schema(w, "plan_step", IPAM_T_PLAN_STEP,
                 1ull << IPAM_PLAN_STEP_BEFORE | 1ull << IPAM_PLAN_STEP_AFTER, objects_schema);
    wider_schema(w, "plan_with_steps", IPAM_T_PLAN, 0, plan_steps_schema);
    wider_schema(w, "change_with_items", IPAM_T_CHANGE, 0, items_schema);
    jw_key(w, "allocation");
    jw_raw(w, str_from(allocation_schema));
    jw_key(w, "problem");
    jw_raw(w, str_from(problem_schema));
    jw_object_end(w);
    jw_key(w, "responses");
    jw_object(w);
    jw_key(w, "problem");
    jw_object(w);
    text(w, "description", "Why it was refused (RFC 9457)");
    content(w, "application/problem+json");
    jw_object(w);
    ref(w, "schemas", "problem");
    jw_object_end(w);
    content_end(w);
    jw_object_end(w);
    jw_object_end(w);
    jw_key(w, "securitySchemes");
    jw_raw(w, IPAM_STR("{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"}}"));
    jw_object_end(w);
}

void api_openapi(const char *version, struct strbuf *out)
{
    struct json_writer w;
    jw_init(&w, out);
    jw_object(&w);
    text(&w, "openapi", "3.1.0");
    jw_key(&w, "info");
    jw_object(&w);
    text(&w, "title", "ipamd");
    text(&w, "version", version);
    jw_key(&w, "license");
    jw_raw(&w, IPAM_STR("{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}"));
    jw_object_end(&w);
    jw_key(&w, "security");
    jw_raw(&w, IPAM_STR("[{\"token\":[]}]"));
    paths(&w);
    components(&w);
    jw_object_end(&w);
}
