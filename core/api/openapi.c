/* openapi.c - the OpenAPI 3.1 document, made from the route and record tables.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "api/openapi.h"
#include "backup/backup.h"
#include "proof/export.h"

static void schema_of(struct json_writer *w, const char *type)
{
    jw_key(w, "schema");
    jw_object(w);
    oa_text(w, "type", type);
    jw_object_end(w);
}

void oa_parameter(struct json_writer *w, const char *name, const char *in, bool required, const char *type,
                  const char *help)
{
    jw_object(w);
    oa_text(w, "name", name);
    oa_text(w, "in", in);
    if (required) { /* else it is not, which need not be said */
        jw_key(w, "required");
        jw_bool(w, true);
    }
    oa_text(w, "description", help);
    schema_of(w, type);
    jw_object_end(w);
}

static bool is_list(const struct route *r)
{
    return r->method == HTTP_GET_ && strstr(r->path, "{key}") == NULL && r->type != 0 &&
           r->handler != handle_master_key; /* there is one */
}

/* As JSON and CSV, whose list it may be. */
static bool shows_list(const struct route *r)
{
    return is_list(r) || r->handler == handle_query_run;
}

static bool is_allocate(const struct route *r)
{
    return r->handler == handle_allocate || r->handler == handle_carve ||
           r->handler == handle_pool_allocate || r->handler == handle_vlan_allocate;
}

/* What a route that lists something about an object lists; 0: it does not. */
static uint32_t listed_of(const struct route *r)
{
    if (r->handler == handle_free_prefixes || r->handler == handle_free_addresses)
        return IPAM_T_FREE_RUN;
    return r->handler == handle_reclaimable       ? IPAM_T_ADDRESS
           : r->handler == handle_utilization     ? IPAM_T_UTILIZATION
           : r->handler == handle_mappable_zones  ? IPAM_T_ZONE
           : r->handler == handle_address_records ? IPAM_T_DNS_RECORD
                                                  : 0;
}

/* A verb that answers the objects it was done to. */
static bool changes_several(const struct route *r)
{
    return r->handler == handle_reshape || r->handler == handle_reclaim || r->handler == handle_drift_adopt ||
           r->handler == handle_drifts_adopt;
}

static bool is_made(const struct record_type *t)
{
    return t != NULL && ask_is_made(t);
}

static void feed_parameters(struct json_writer *w)
{
    oa_parameter(w, "since", "query", false, "integer",
                 "The last revision that is known; 0: all. Absent: from now on");
    oa_parameter(w, "Last-Event-ID", "header", false, "integer", "The same, as a browser sends it; it wins");
    oa_parameter(w, "type", "query", false, "string",
                 "Only changes of these records: names with commas between them");
    oa_parameter(w, "within", "query", false, "string", "Only changes of what lies in this prefix");
}

/* A POST that changes no record: there is nothing to try without doing it, and nothing to repeat. */
static bool changes_nothing(const struct route *r)
{
    return r->method == HTTP_GET_ || r->handler == handle_backup || r->handler == handle_storage_verify ||
           r->handler == handle_checkpoint_make;
}

static void parameters(struct json_writer *w, const struct route *r)
{
    const struct record_type *t = record_type(r->type);
    jw_key(w, "parameters");
    jw_array(w);
    if (strstr(r->path, "{key}") != NULL && is_made(t))
        oa_parameter(w, "key", "path", true, "string", "Its name");
    else if (strstr(r->path, "{key}") != NULL)
        oa_shared(w, "key");
    oa_read_parameters(w, r);
    if (r->handler == handle_explain || r->handler == handle_who_can)
        oa_access_parameters(w, r);
    if (r->handler == handle_feed)
        feed_parameters(w);
    if (r->handler == handle_diff)
        oa_diff_parameters(w);
    if (r->handler == handle_config_diff) {
        oa_parameter(w, "to", "query", false, "integer",
                     "Id of the other; absent: the one that the server has now");
        oa_parameter(w, "context", "query", false, "integer",
                     "Lines around a change; 3 when absent, 1000 at the most");
    }
    if (r->handler == handle_checkpoints) {
        oa_parameter(w, "limit", "query", false, "integer", "How many; 100 when absent, 1000 at the most");
        oa_parameter(w, "before", "query", false, "integer", "Only checkpoints with a smaller number");
    }
    if (r->handler == handle_free_addresses)
        oa_parameter(
            w, "probe", "query", false, "string",
            "ping, dns, dhcp, or some of them as in ping,dns: each address is an item of its own and "
            "looked for; "
            "limit is 10 then when absent, and a page has 256 at the most");
    if (r->handler == handle_free_addresses && r->type == IPAM_T_RANGE)
        oa_parameter(w, "ask", "query", false, "boolean",
                     "true: the DHCP server that leases the range is asked now; limit is of addresses then");
    if (r->handler == handle_free_prefixes)
        oa_parameter(w, "prefix_length", "query", false, "integer",
                     "All free prefixes of this length; absent: as large as what is free lets them be");
    if (r->handler == handle_utilization)
        oa_utilization_parameters(w, r);
    if (r->handler == handle_task_purge)
        oa_parameter(w, "before", "query", true, "string", "A time of the past, as of RFC 3339");
    if (!changes_nothing(r))
        oa_write_parameters(w, r);
    if (r->handler == handle_allocate || r->handler == handle_pool_allocate)
        oa_parameter(w, "wait", "query", false, "string",
                     "How long to wait for the DHCP server, such as 10s; 60s at the most");
    jw_array_end(w);
}

/* What a client sends of a record: to create one, or to change one. */
static void record_ref(struct json_writer *w, const struct record_type *t, const char *purpose)
{
    char name[64];
    snprintf(name, sizeof(name), "%s%s", t->name, purpose);
    oa_ref(w, "schemas", name);
}

/* A body of two texts that are read and never shown. */
static void secret_body(struct json_writer *w, const char *first, const char *second)
{
    jw_key(w, "requestBody");
    jw_object(w);
    jw_key(w, "required");
    jw_bool(w, true);
    oa_content(w, "application/json");
    jw_object(w);
    oa_text(w, "type", "object");
    jw_key(w, "additionalProperties");
    jw_bool(w, false);
    jw_key(w, "required");
    jw_array(w);
    jw_text(w, first);
    jw_text(w, second);
    jw_array_end(w);
    jw_key(w, "properties");
    jw_object(w);
    jw_key(w, first);
    jw_raw(w, IPAM_STR("{\"type\":\"string\",\"minLength\":1}"));
    jw_key(w, second);
    jw_raw(w, IPAM_STR("{\"type\":\"string\",\"minLength\":1}"));
    jw_object_end(w);
    jw_object_end(w);
    oa_content_end(w);
    jw_object_end(w);
}

static void raw_body(struct json_writer *w, bool required, const char *schema)
{
    jw_key(w, "requestBody");
    jw_object(w);
    jw_key(w, "required");
    jw_bool(w, required);
    oa_content(w, "application/json");
    jw_raw(w, str_from(schema));
    oa_content_end(w);
    jw_object_end(w);
}

/* What is_allocate routes take. */
static const char *allocate_schema(const struct route *r)
{
    if (r->handler == handle_carve)
        return "carving";
    if (r->handler == handle_vlan_allocate)
        return "vlan_allocation";
    return r->handler == handle_pool_allocate ? "pool_allocation" : "allocation";
}

/* Beside JSON: a file. */
static void file_body(struct json_writer *w, const struct record_type *t)
{
    jw_object_end(w);
    jw_key(w, "text/csv");
    jw_object(w);
    jw_key(w, "schema");
    jw_raw(w,
           IPAM_STR("{\"type\":\"string\",\"description\":\"RFC 4180; the first line names fields; more than "
                    "10000 rows are taken in by a job\"}"));
    if (t->type >= IPAM_T_BLOCK && t->type <= IPAM_T_ADDRESS) {
        jw_object_end(w);
        jw_key(w, "application/octet-stream");
        jw_object(w);
        jw_key(w, "schema");
        jw_raw(w,
               IPAM_STR("{\"type\":\"string\",\"description\":\"With dialect: a file of another product\"}"));
    }
}

/* One new record, or a list of them. */
static bool takes_list(const struct route *r)
{
    return r->method == HTTP_POST_ && (r->handler == handle_create || oa_plans_either(r));
}

static void request_body(struct json_writer *w, const struct route *r)
{
    const struct record_type *t = record_type(r->type);
    bool allocate = is_allocate(r), sets_scope = r->handler == handle_set_scope,
         sets_values = r->handler == handle_set_values;
    if (r->handler == handle_session_create || r->handler == handle_user_password) {
        secret_body(w, r->handler == handle_session_create ? "user" : "old",
                    r->handler == handle_session_create ? "password" : "new");
        return;
    }
    if (r->handler == handle_recover)
        return;
    if (r->handler == handle_reservations_import) {
        jw_key(w, "requestBody");
        jw_raw(w, IPAM_STR("{\"required\":true,\"content\":{\"text/csv\":{\"schema\":{\"type\":\"string\","
                           "\"description\":\"The first line names fields, as an export has them\"}}}}"));
        return;
    }
    if ((r->method != HTTP_POST_ && r->method != HTTP_PATCH_ && r->method != HTTP_PUT_) ||
        (r->verb != NULL && !allocate && !sets_scope && !sets_values) || t == NULL)
        return;
    jw_key(w, "requestBody");
    jw_object(w);
    jw_key(w, "required");
    jw_bool(w, !allocate || r->handler == handle_carve);
    oa_content(w, "application/json");
    jw_object(w);
    if (sets_scope) {
        oa_ref(w, "schemas", "set_scope");
    } else if (sets_values) {
        oa_ref(w, "schemas", "set_values");
    } else if (allocate) {
        oa_ref(w, "schemas", allocate_schema(r));
    } else if (takes_list(r)) {
        jw_key(w, "oneOf");
        jw_array(w);
        jw_object(w);
        record_ref(w, t, "_new");
        jw_object_end(w);
        jw_object(w);
        oa_text(w, "type", "array");
        jw_key(w, "items");
        jw_object(w);
        record_ref(w, t, "_new");
        jw_object_end(w);
        jw_object_end(w);
        jw_array_end(w);
    } else {
        record_ref(w, t, r->method == HTTP_PATCH_ ? "_patch" : r->method == HTTP_PUT_ ? "_whole" : "_new");
    }
    jw_object_end(w);
    if (r->handler == handle_create && t->type != IPAM_T_SAVED_QUERY)
        file_body(w, t);
    oa_content_end(w);
    jw_object_end(w);
}

static void list_schema(struct json_writer *w, const char *of, bool paged, bool skips)
{
    jw_key(w, "required");
    jw_raw(w, paged ? IPAM_STR("[\"items\",\"next\"]") : IPAM_STR("[\"items\"]"));
    jw_key(w, "properties");
    jw_object(w);
    jw_key(w, "items");
    jw_object(w);
    oa_text(w, "type", "array");
    jw_key(w, "items");
    jw_object(w);
    oa_ref(w, "schemas", of);
    jw_object_end(w);
    jw_object_end(w);
    if (skips) {
        jw_key(w, "skipped");
        oa_skipped(w);
    }
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
    oa_text(w, "type", "integer");
    jw_object_end(w);
    jw_object_end(w);
}

/* A verb that answers the one object it was done to, as it is then. */
static bool changes_one(const struct route *r)
{
    return r->handler == handle_set_scope || r->handler == handle_set_values || r->handler == handle_use ||
           r->handler == handle_map_zone || r->handler == handle_reservations_import;
}

static bool makes_addresses(const struct route *r)
{
    return r->handler == handle_record_address || r->handler == handle_record_addresses;
}

/* The status of success and the record type that is answered. */
static const char *success(const struct route *r, const struct record_type **ret)
{
    *ret = record_type(r->type);
    if (listed_of(r) != 0)
        *ret = record_type(listed_of(r));
    if (is_allocate(r)) {
        *ret = record_type(r->handler == handle_carve           ? IPAM_T_SUBNET
                           : r->handler == handle_vlan_allocate ? IPAM_T_VLAN
                                                                : IPAM_T_ADDRESS);
        return "201";
    }
    if (r->handler == handle_server_job || r->handler == handle_server_delete ||
        r->handler == handle_job_cancel || r->handler == handle_job_revert ||
        r->handler == handle_master_key_rotate || r->handler == handle_task_run ||
        r->handler == handle_task_purge) {
        *ret = record_type(IPAM_T_JOB);
        return "202";
    }
    if (oa_plans(r) || r->handler == handle_plan_resume || r->handler == handle_plan_undo) {
        *ret = record_type(IPAM_T_PLAN);
        return "202";
    }
    if (r->handler == handle_checkpoint_make)
        return "201";
    if (makes_addresses(r)) {
        *ret = record_type(IPAM_T_ADDRESS);
        return "201";
    }
    if (r->handler == handle_reclaim) {
        *ret = record_type(IPAM_T_ADDRESS);
        return "200";
    }
    if (changes_one(r) || changes_several(r))
        return "200";
    if (r->handler == handle_binding_recompute || r->handler == handle_user_password)
        return "204";
    if (changes_nothing(r))
        return "200";
    return r->method == HTTP_DELETE_ ? "204" : r->method == HTTP_POST_ ? "201" : "200";
}

/* A list of the records, or one of them; after the creation of one or many, either. */
static void answer_schema(struct json_writer *w, const struct route *r, const struct record_type *t,
                          bool list)
{
    bool either = r->handler == handle_create || oa_plans_either(r);
    jw_object(w);
    if (either) {
        jw_key(w, "oneOf");
        jw_array(w);
        jw_object(w);
    }
    if (!list)
        oa_ref(w, "schemas",
               r->handler == handle_plan_get     ? "plan_with_steps"
               : r->handler == handle_drift_get  ? "drift_with_objects"
               : r->handler == handle_change_get ? "change_with_items"
               : r->handler == handle_group_tree ? "group_tree"
                                                 : t->name);
    if (either) {
        jw_object_end(w);
        jw_object(w);
    }
    if (list || either) {
        oa_text(w, "type", "object");
        list_schema(w, oa_item(r, t), is_list(r) || (listed_of(r) != 0 && r->handler != handle_utilization),
                    r->handler == handle_allocate || r->handler == handle_pool_allocate);
    }
    if (either) {
        jw_object_end(w);
        jw_array_end(w);
    }
    jw_object_end(w);
}

static const char found_answer[] =
    "{\"type\":\"object\",\"required\":[\"items\",\"next\"],\"properties\":{\"items\":{\"type\":\"array\","
    "\"items\":{\"$ref\":\"#/components/schemas/found\"}},\"next\":{\"type\":[\"string\",\"null\"]}}}";

/* What has only begun (202) is no state of the object yet. */
static enum oa_answer kind_of_answer(const struct route *r, const char *status, const struct record_type *t)
{
    if (shows_list(r))
        return OA_LIST;
    if (listed_of(r) != 0 || r->handler == handle_revert || r->handler == handle_group_tree ||
        r->handler == handle_config_text || r->handler == handle_config_diff || strcmp(status, "204") == 0 ||
        strcmp(status, "202") == 0 || t == NULL || is_made(t))
        return OA_OTHER;
    bool several = is_allocate(r) || r->handler == handle_create || r->handler == handle_record_addresses;
    return several ? OA_OTHER : OA_OBJECT;
}

static void verdict_ref(struct json_writer *w, const struct route *r)
{
    jw_object(w);
    oa_ref(w, "schemas", r->handler == handle_explain ? "verdict" : "who");
    jw_object_end(w);
}

static void response(struct json_writer *w, const struct route *r, const char *status,
                     const char *description)
{
    const struct record_type *t;
    bool list = is_list(r) || is_allocate(r) || listed_of(r) != 0 || oa_plans_list(r) ||
                r->handler == handle_record_addresses;
    bool empty = strcmp(success(r, &t), "204") == 0;
    jw_key(w, status);
    jw_object(w);
    oa_text(w, "description", description);
    oa_headers(w, r, kind_of_answer(r, status, t));
    if (r->handler == handle_feed) {
        oa_content(w, "text/event-stream");
        jw_raw(w, IPAM_STR("{\"type\":\"string\",\"description\":\"Events \\\"change\\\", whose data is a "
                           "change_with_items and whose id is its revision\"}"));
        oa_content_end(w);
    } else if (r->handler == handle_config_text) {
        oa_content(w, "text/plain");
        jw_raw(w, IPAM_STR("{\"type\":\"string\",\"description\":\"As its server spells it\"}"));
        oa_content_end(w);
    } else if (r->handler == handle_backup || r->handler == handle_audit_export) {
        oa_content(w, r->handler == handle_backup ? BACKUP_TYPE : EXPORT_TYPE);
        jw_raw(w, IPAM_STR("{\"type\":\"string\",\"format\":\"binary\"}"));
        oa_content_end(w);
    } else if (!empty) {
        oa_content(w, "application/json");
        if (r->handler == handle_find)
            jw_raw(w, IPAM_STR(found_answer));
        else if (r->handler == handle_explain || r->handler == handle_who_can)
            verdict_ref(w, r);
        else if (oa_reshape_answer(r) != NULL)
            jw_raw(w, str_from(oa_reshape_answer(r)));
        else if (t != NULL)
            answer_schema(w, r, t, list);
        else
            jw_raw(w, IPAM_STR("{\"type\":\"object\"}"));
        jw_object_end(w);
        if (shows_list(r) || r->handler == handle_config_diff) { /* the same in another form */
            jw_key(w, shows_list(r) ? "text/csv" : "text/plain");
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
    const char *status = success(r, &t);
    if (changes_nothing(r) || strcmp(status, "200") != 0)
        response(w, r, status, "Done");
    if (r->method == HTTP_PUT_)
        response(w, r, "201", "Created at its key");
    oa_begun(w, r);
    if (!changes_nothing(r))
        oa_write_answer(w, r, t, is_allocate(r) || changes_several(r));
    if (r->handler == handle_get) {
        jw_key(w, "304");
        jw_object(w);
        oa_ref(w, "responses", "not_modified");
        jw_object_end(w);
    }
    jw_key(w, "default");
    jw_object(w);
    oa_ref(w, "responses", "problem");
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
    oa_text(w, "operationId", id);
}

static void operation(struct json_writer *w, const struct route *r)
{
    static const char *const methods[] = { "get", "head", "post", "put", "patch", "delete" };
    jw_key(w, methods[r->method]);
    jw_object(w);
    operation_id(w, r);
    oa_text(w, "summary", r->help);
    if (r->operation != NULL) {
        oa_text(w, "x-ipam-operation", r->operation);
    }
    if (r->operation == NULL || (access_operation(r->operation)->flags & OPERATION_PUBLIC)) {
        jw_key(w, "security");
        jw_array(w);
        jw_array_end(w);
    }
    parameters(w, r);
    bool needed;
    const char *planned = oa_plans_body(r, &needed);
    if (planned != NULL)
        raw_body(w, needed, planned);
    else if (oa_reshape_body(r) != NULL)
        raw_body(w, r->handler != handle_revert, oa_reshape_body(r));
    else
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

void api_openapi(const char *version, struct strbuf *out)
{
    struct json_writer w;
    jw_init(&w, out);
    jw_object(&w);
    oa_text(&w, "openapi", "3.1.0");
    jw_key(&w, "info");
    jw_object(&w);
    oa_text(&w, "title", "ipamd");
    oa_text(&w, "version", version);
    jw_key(&w, "license");
    jw_raw(&w, IPAM_STR("{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}"));
    jw_object_end(&w);
    jw_key(&w, "security");
    jw_raw(&w, IPAM_STR("[{\"token\":[]}]"));
    paths(&w);
    oa_components(&w);
    jw_object_end(&w);
}
