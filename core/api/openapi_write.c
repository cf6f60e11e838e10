/* openapi_write.c - what the OpenAPI document says of writes: conditions, keys, dry runs, items.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/openapi.h"

#include <string.h>

void oa_write_parameters(struct json_writer *w, const struct route *r)
{
    oa_shared(w, "X-Change-Reason");
    oa_shared(w, "Idempotency-Key");
    oa_shared(w, "dry_run");
    if (strstr(r->path, "{key}") != NULL)
        oa_shared(w, "If-Match");
    if (r->method == HTTP_PUT_)
        oa_parameter(w, "If-None-Match", "header", false, "string",
                     "*: refused with 412 when the object exists already");
    if (r->handler == handle_block_delete)
        oa_parameter(w, "children", "query", false, "boolean",
                     "true deletes all blocks below it too; else those have its parent as theirs");
    oa_plans_parameters(w, r);
    if (r->handler == handle_address_delete)
        oa_parameter(w, "keep_reservation", "query", false, "boolean",
                     "true: a reservation that was made for it stays on its server");
    if (r->handler == handle_clear)
        oa_parameter(w, "children", "query", false, "boolean",
                     r->type == IPAM_T_SUBNET
                         ? "true deletes its ranges and addresses too; else it must be empty"
                         : "true deletes the addresses that are mapped to it too");
    if (r->handler == handle_reservations_import) {
        oa_shared(w, "mode");
        oa_parameter(
            w, "server", "query", false, "string",
            "The DHCP server that the rows are for, by name or id; with mode=sync what is deleted is of it");
        oa_parameter(w, "scope", "query", false, "string", "The same of one scope, by its prefix or id");
        oa_parameter(w, "within", "query", false, "string",
                     "With mode=sync: only what lies in this prefix is deleted");
        oa_parameter(w, "all_or_nothing", "query", false, "boolean",
                     "true: the good rows count only if all are good");
    }
    if (r->handler == handle_create)
        oa_parameter(
            w, "partial", "query", false, "boolean",
            "true, with a list: creates those that can be created, and tells of each what became of it");
    if (r->handler == handle_create && r->type == IPAM_T_RANGE)
        oa_parameter(w, "create_subnet", "query", false, "boolean",
                     "true: the prefix of a range becomes a subnet where it lies in none");
    if (r->handler == handle_create && r->type == IPAM_T_RANGE)
        oa_parameter(w, "children", "query", false, "boolean",
                     "true, with mode=sync: the addresses that are mapped to a deleted range go too");
    if (r->handler == handle_create && (r->type == IPAM_T_RANGE || r->type == IPAM_T_ADDRESS))
        oa_shared(w, "create_source");
    if (r->handler == handle_create && r->type >= IPAM_T_BLOCK && r->type <= IPAM_T_ADDRESS)
        oa_shared(w, "mode");
    if (r->handler == handle_create && r->type >= IPAM_T_BLOCK && r->type <= IPAM_T_ADDRESS)
        oa_parameter(w, "dialect", "query", false, "string",
                     "windows|netbox|phpipam|rir: the body is a file of that product, or of a registry, of "
                     "which the objects of this collection are taken");
}

static void schema_ref(struct json_writer *w, const char *name)
{
    jw_object(w);
    oa_ref(w, "schemas", name);
    jw_object_end(w);
}

const char *oa_item(const struct route *r, const struct record_type *t)
{
    return r->handler == handle_pool_allocate ? "handed_out" : t->name;
}

static const char skipped_schema[] =
    "{\"type\":\"array\",\"description\":\"With probe: free in the plan, but passed over\","
    "\"items\":{\"type\":\"object\",\"required\":[\"address\",\"ping\",\"dns\",\"dhcp\"],"
    "\"additionalProperties\":false,\"properties\":{\"address\":{\"type\":\"string\"},"
    "\"ping\":{\"enum\":[\"undetected\",\"reachable\",\"unreachable\"]},"
    "\"dns\":{\"enum\":[\"undetected\",\"found\",\"not-found\"]},"
    "\"dhcp\":{\"enum\":[\"undetected\",\"free\",\"leased\"]}}}}";

void oa_skipped(struct json_writer *w)
{
    jw_raw(w, str_from(skipped_schema));
}

static void items_of(struct json_writer *w, const char *name)
{
    jw_object(w);
    oa_text(w, "type", "object");
    jw_key(w, "required");
    jw_raw(w, IPAM_STR("[\"items\"]"));
    jw_key(w, "properties");
    jw_object(w);
    jw_key(w, "items");
    jw_object(w);
    oa_text(w, "type", "array");
    jw_key(w, "items");
    schema_ref(w, name);
    jw_object_end(w);
    jw_object_end(w);
    jw_object_end(w);
}

void oa_write_answer(struct json_writer *w, const struct route *r, const struct record_type *t, bool list)
{
    bool reshapes = r->handler == handle_reshape || r->handler == handle_reclaim ||
                    r->handler == handle_drift_adopt || r->handler == handle_drifts_adopt;
    bool done = r->method == HTTP_PUT_ || r->method == HTTP_PATCH_ || r->handler == handle_set_scope ||
                r->handler == handle_set_values || r->handler == handle_use || r->handler == handle_map_zone;
    bool takes_file = r->handler == handle_create || r->handler == handle_reservations_import;
    jw_key(w, "200");
    jw_object(w);
    oa_text(w, "description",
            done || reshapes                           ? "Done; or what a dry run shows"
            : list && r->type != IPAM_T_VLAN_GROUP     ? "The claim had them already; or what a dry run shows"
            : r->handler == handle_reservations_import ? "What became of each row; or what a dry run shows"
            : r->handler == handle_create ? "What became of each item, with partial; or what a dry run shows"
                                          : "What a dry run shows");
    oa_headers(w, r, OA_OTHER);
    oa_content(w, "application/json");
    jw_object(w);
    jw_key(w, "oneOf");
    jw_array(w);
    schema_ref(w, "dry_run");
    if (done)
        schema_ref(w, t->name);
    if (list)
        items_of(w, oa_item(r, t));
    if (r->handler == handle_create)
        schema_ref(w, "each_item");
    if (takes_file)
        schema_ref(w, "each_row");
    jw_array_end(w);
    jw_object_end(w);
    if (takes_file) {
        jw_object_end(w);
        jw_key(w, "text/csv");
        jw_raw(w,
               IPAM_STR("{\"schema\":{\"type\":\"string\",\"description\":\"For a body of text/csv: line,key,"
                        "verdict,id,message\"}"));
        strbuf_putc(w->out, '}');
        jw_object_end(w);
        jw_object_end(w);
        return;
    }
    oa_content_end(w);
    jw_object_end(w);
}

void oa_begun(struct json_writer *w, const struct route *r)
{
    bool moves = r->handler == handle_reshape && r->type == IPAM_T_SUBNET && strcmp(r->verb, "move") == 0;
    bool takes_file = r->handler == handle_create || r->handler == handle_reservations_import;
    if (!takes_file && r->handler != handle_clear && r->handler != handle_block_delete && !moves)
        return;
    jw_key(w, "202");
    jw_object(w);
    oa_text(w, "description",
            moves        ? "With much in it: a job moves it"
            : takes_file ? "A job takes the rows in; its results have the refused ones"
                         : "With children, of which there are many: a job deletes them");
    oa_content(w, "application/json");
    schema_ref(w, "job");
    oa_content_end(w);
    jw_object_end(w);
}

static const char dry_run_schema[] =
    "{\"type\":\"object\",\"required\":[\"dry_run\",\"would\",\"changes\"],\"additionalProperties\":false,"
    "\"properties\":{\"dry_run\":{\"const\":true},"
    "\"would\":{\"type\":\"integer\",\"description\":\"Status that the request would have\"},"
    "\"answer\":{\"description\":\"What would become of each item\"},"
    "\"servers\":{\"type\":\"integer\",\"description\":\"Of an edit over many: how many servers\"},"
    "\"objects\":{\"type\":\"integer\",\"description\":\"Objects that are meant\"},"
    "\"changed\":{\"type\":\"integer\",\"description\":\"Those that would be changed\"},"
    "\"steps\":{\"type\":\"integer\",\"description\":\"All changes; the first 1,000 are shown\"},"
    "\"changes\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,"
    "\"required\":[\"verb\",\"type\",\"before\",\"after\",\"fields\"],\"properties\":{"
    "\"verb\":{\"enum\":[\"add\",\"set\",\"delete\"]},"
    "\"type\":{\"type\":\"string\",\"description\":\"Record\"},"
    "\"server\":{\"type\":\"integer\",\"description\":\"On which it is, of an edit over many\"},"
    "\"id\":{\"type\":\"integer\",\"description\":\"Absent for one that would be new\"},"
    "\"key\":{\"type\":\"string\",\"description\":\"Natural key\"},"
    "\"before\":{\"type\":[\"object\",\"null\"]},\"after\":{\"type\":[\"object\",\"null\"]},"
    "\"fields\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},"
    "\"description\":\"Those that would be set otherwise\"}}}}}}";

static const char each_item_schema[] =
    "{\"type\":\"object\",\"required\":[\"items\"],\"additionalProperties\":false,\"properties\":{"
    "\"items\":{\"type\":\"array\",\"description\":\"In the order of the list that was sent\","
    "\"items\":{\"type\":\"object\",\"required\":[\"status\"],\"additionalProperties\":false,\"properties\":{"
    "\"status\":{\"type\":\"integer\",\"description\":\"As if it had been sent alone\"},"
    "\"object\":{\"type\":\"object\"},\"problem\":{\"$ref\":\"#/components/schemas/problem\"}}}}}}";

static const char each_row_schema[] =
    "{\"type\":\"object\",\"required\":[\"created\",\"updated\",\"unchanged\",\"deleted\",\"refused\","
    "\"rows\"],"
    "\"additionalProperties\":false,\"properties\":{\"created\":{\"type\":\"integer\"},"
    "\"updated\":{\"type\":\"integer\"},\"unchanged\":{\"type\":\"integer\"},\"deleted\":{\"type\":"
    "\"integer\"},"
    "\"refused\":{\"type\":\"integer\"},\"rows\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
    "\"required\":[\"line\",\"verdict\"],\"additionalProperties\":false,\"properties\":{"
    "\"line\":{\"type\":[\"integer\",\"null\"],\"description\":\"Of the file, from 1; null: not in it\"},"
    "\"key\":{\"type\":\"string\"},\"id\":{\"type\":\"integer\"},"
    "\"plan\":{\"type\":\"integer\",\"description\":\"That makes it on its server\"},"
    "\"verdict\":{\"enum\":[\"created\",\"updated\",\"unchanged\",\"deleted\",\"refused\",\"passed_over\"]},"
    "\"problem\":{\"type\":\"string\",\"description\":\"Type of the problem, its last part\"},"
    "\"message\":{\"type\":\"string\"}}}}}}";

void oa_write_schemas(struct json_writer *w)
{
    jw_key(w, "dry_run");
    jw_raw(w, str_from(dry_run_schema));
    jw_key(w, "each_row");
    jw_raw(w, str_from(each_row_schema));
    jw_key(w, "each_item");
    jw_raw(w, str_from(each_item_schema));
}
