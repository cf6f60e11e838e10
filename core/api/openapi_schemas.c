/* openapi_schemas.c - the components of the OpenAPI document: schemas of records and problems, headers.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/openapi.h"

#include <stdio.h>

void oa_text(struct json_writer *w, const char *key, const char *value)
{
    jw_key(w, key);
    jw_text(w, value);
}

void oa_ref(struct json_writer *w, const char *section, const char *name)
{
    char path[128];
    snprintf(path, sizeof(path), "#/components/%s/%s", section, name);
    oa_text(w, "$ref", path);
}

void oa_content(struct json_writer *w, const char *media)
{
    jw_key(w, "content");
    jw_object(w);
    jw_key(w, media);
    jw_object(w);
    jw_key(w, "schema");
}

void oa_content_end(struct json_writer *w)
{
    jw_object_end(w);
    jw_object_end(w);
}

/* Of what hands out addresses. */
#define PROBE_SCHEMA                                                                                         \
    "\"probe\":{\"oneOf\":[{\"type\":\"string\",\"pattern\":\"^(ping|dns|dhcp)(,(ping|dns|dhcp)){0,2}$\"},"  \
    "{\"type\":\"array\",\"minItems\":1,\"uniqueItems\":true,\"items\":{\"enum\":[\"ping\",\"dns\","         \
    "\"dhcp\"]}"                                                                                             \
    "}],\"description\":\"Look for each address first, each of these at most once; those that answer, have " \
    "a name or are leased are passed over\"},"

#define DNS_SCHEMA                                                                                           \
    "\"dns\":{\"oneOf\":[{\"type\":[\"boolean\",\"null\"]},{\"type\":\"object\",\"additionalProperties\":"   \
    "false,"                                                                                                 \
    "\"properties\":{\"host\":{\"type\":\"boolean\"},\"ptr\":{\"type\":\"boolean\"},\"zone\":{\"type\":["    \
    "\"string\",\"integer\"]},\"reverse_zone\":{\"type\":[\"string\",\"integer\"]},\"ttl\":{\"type\":"       \
    "\"integer\",\"minimum\":0,\"maximum\":2147483647}}}],\"description\":\"Also make its host record and "  \
    "its "                                                                                                   \
    "PTR record, as register does\"},"

static const char allocation_schema[] =
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
    "\"count\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000,\"default\":1},"
    "\"strategy\":{\"enum\":[\"first\",\"last\",\"random\",\"sparse\",\"eui64\"],\"default\":\"first\"},"
    "\"contiguous\":{\"type\":\"boolean\",\"description\":\"They follow one another; with strategy first\"},"
    "\"claim\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":255,\"description\":\"The same claim and "
    "request get the same addresses for ever\"},"
    "\"reservation\":{\"oneOf\":[{\"type\":\"boolean\"},{\"type\":\"object\",\"properties\":{\"identifier_"
    "type\":{\"type\":\"string\"},"
    "\"identifier\":{\"type\":\"string\"}}}],\"description\":\"Also keep the address on its DHCP "
    "server\"}," DNS_SCHEMA PROBE_SCHEMA
    "\"name\":{\"type\":\"string\"},\"mac\":{\"type\":\"string\"},\"description\":{\"type\":\"string\"}}}";

static const char carving_schema[] =
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"prefix_length\"],\"properties\":{"
    "\"prefix_length\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":128},"
    "\"count\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000,\"default\":1},"
    "\"strategy\":{\"enum\":[\"first\",\"random\",\"sparse\"],\"default\":\"first\"},"
    "\"claim\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":255,\"description\":\"The same claim and "
    "request get the same subnets for ever\"},"
    "\"name\":{\"type\":\"string\"},\"description\":{\"type\":\"string\"}}}";

static const char vlan_allocation_schema[] =
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
    "\"count\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000,\"default\":1},"
    "\"name\":{\"type\":\"string\",\"description\":\"Of several each has its id behind it\"},"
    "\"description\":{\"type\":\"string\"},\"status\":{\"enum\":[\"planned\",\"reserved\",\"active\","
    "\"deprecated\"]},"
    "\"role\":{\"type\":\"string\"},\"owner\":{\"type\":\"string\"}}}";

static const char pool_allocation_schema[] =
    "{\"type\":\"object\",\"additionalProperties\":false,\"description\":\"With prefix_length subnets are "
    "made of "
    "its blocks, else addresses are handed out of its subnets and ranges\",\"properties\":{"
    "\"prefix_length\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":128},"
    "\"count\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000,\"default\":1},"
    "\"spread\":{\"type\":\"boolean\",\"description\":\"Several members may give a part each\"},"
    "\"strategy\":{\"enum\":[\"first\",\"last\",\"random\",\"sparse\"],\"default\":\"first\",\"description\":"
    "\"Within a member; last is of addresses alone\"},"
    "\"contiguous\":{\"type\":\"boolean\",\"description\":\"Addresses that follow one another\"},"
    "\"claim\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":255,\"description\":\"The same claim and "
    "request get the same for ever\"},"
    "\"reservation\":{\"oneOf\":[{\"type\":\"boolean\"},{\"type\":\"object\",\"properties\":{\"identifier_"
    "type\":{\"type\":\"string\"},"
    "\"identifier\":{\"type\":\"string\"}}}],\"description\":\"Also keep the address on its DHCP "
    "server\"}," DNS_SCHEMA PROBE_SCHEMA
    "\"name\":{\"type\":\"string\"},\"mac\":{\"type\":\"string\"},\"description\":{\"type\":\"string\"}}}";

static const char set_values_schema[] = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                                        "\"rename\":{\"type\":\"object\",\"additionalProperties\":{\"type\":"
                                        "\"string\"},\"description\":\"OLD: NEW; "
                                        "objects, links follow\"},"
                                        "\"remove\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},"
                                        "\"description\":\"Values that nothing uses\"},"
                                        "\"add\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}";

static const char group_node_schema[] =
    "{\"type\":\"object\",\"required\":[\"value\",\"count\"],\"additionalProperties\":false,\"properties\":{"
    "\"value\":{\"type\":[\"string\",\"null\"],\"description\":\"null: objects without a value\"},"
    "\"count\":{\"type\":\"integer\",\"minimum\":1},"
    "\"nodes\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/group_node\"}}}}";

static const char group_tree_schema[] =
    "{\"type\":\"object\",\"required\":[\"group\",\"of\",\"levels\",\"count\",\"nodes\"],"
    "\"additionalProperties\":false,\"properties\":{\"group\":{\"type\":\"string\"},"
    "\"of\":{\"enum\":[\"subnet\",\"range\",\"address\",\"server\"]},"
    "\"levels\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"description\":\"Custom fields\"},"
    "\"count\":{\"type\":\"integer\",\"description\":\"Objects that the caller sees\"},"
    "\"nodes\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/group_node\"}}}}";

static const char problem_schema[] =
    "{\"type\":\"object\",\"required\":[\"type\",\"title\",\"status\",\"detail\",\"hint\"],"
    "\"properties\":{\"type\":{\"type\":\"string\"},"
    "\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},"
    "\"hint\":{\"type\":\"string\"},"
    "\"errors\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"pointer\":{\"type\":"
    "\"string\"},\"message\":{\"type\":\"string\"}}}}}}";

#define OBJECTS                                                                                              \
    "\"before\":{\"type\":\"object\",\"description\":\"The object before, its fields by name\"},"          \
    "\"after\":{\"type\":\"object\",\"description\":\"The object after, its fields by name\"}"

/* What is shown of a record beside its fields. */
static const char plan_steps_schema[] =
    "\"plan_steps\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/plan_step\"}}";
static const char objects_schema[] = OBJECTS;
static const char differences_schema[] =
    OBJECTS ",\"differences\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"field\","
            "\"before\",\"after\"],\"additionalProperties\":false,\"properties\":{\"field\":{\"type\":"
            "\"string\"},\"before\":{},\"after\":{}}}}";
static const char items_schema[] =
    "\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,"
    "\"properties\":{"
    "\"type\":{\"type\":\"string\",\"description\":\"Record\"},\"id\":{\"type\":\"integer\"},"
    "\"verb\":{\"enum\":[\"add\",\"set\",\"delete\"]},\"key\":{\"type\":\"string\",\"description\":\"Natural "
    "key\"},"
    "\"event\":{\"enum\":[\"lease-new\",\"lease-release\",\"lease-expire\",\"lease-decline\",\"lease-owner\"]"
    ","
    "\"description\":\"What became of a lease\"},"
    "\"client\":{\"type\":\"string\",\"description\":\"Who has the lease now\"},"
    "\"former_client\":{\"type\":\"string\",\"description\":\"Who had it\"},"
    "\"fields\":{\"type\":\"object\",\"description\":\"The fields that changed, as they are now\"},"
    "\"before\":{\"type\":\"object\",\"description\":\"The same as they were; all of them when it was "
    "deleted\"}}}}";

/* The fields of a record but those in `hidden`, and more members. */
static void wider_schema(struct json_writer *w, const char *name, uint32_t type, uint64_t hidden,
                         const char *more)
{
    const struct record_type *t = record_type(type);
    const uint64_t fields[2] = { ~hidden, ~0ull };
    jw_key(w, name);
    jw_object(w);
    oa_text(w, "type", "object");
    oa_text(w, "title", name);
    oa_text(w, "description", t->help);
    jw_key(w, "properties");
    jw_object(w);
    record_schema_properties(t, MODE_TRUSTED, fields, w);
    strbuf_putc(w->out, ',');
    strbuf_puts(w->out, more);
    jw_object_end(w);
    jw_key(w, "additionalProperties");
    jw_bool(w, false);
    jw_object_end(w);
}

static void schema(struct json_writer *w, const struct record_type *t, const char *purpose,
                   enum record_mode mode)
{
    char name[64];
    snprintf(name, sizeof(name), "%s%s", t->name, purpose);
    jw_key(w, name);
    record_schema(t, mode, w);
}

/* Whether any route takes such a record with this method. */
static bool is_sent(const struct record_type *t, enum http_method m)
{
    for (const struct route *r = api_routes; r->path != NULL; r++)
        if (r->type == t->type && r->method == m && r->verb == NULL)
            return true;
    return false;
}

static void record_schemas(struct json_writer *w)
{
    unsigned count;
    const struct record_type *types = record_types(&count);
    for (unsigned i = 0; i < count; i++) {
        bool shown = types[i].group != NULL || types[i].type == IPAM_T_FREE_RUN ||
                     types[i].type == IPAM_T_UTILIZATION || types[i].type == IPAM_T_FREE_SPACE ||
                     types[i].type == IPAM_T_OWNER_TOTAL || types[i].type == IPAM_T_CLIENT_FINDING;
        if (!shown || types[i].type == IPAM_T_PLAN_STEP)
            continue;
        schema(w, &types[i], "", MODE_TRUSTED);
        if (is_sent(&types[i], HTTP_POST_))
            schema(w, &types[i], "_new", MODE_CREATE);
        if (is_sent(&types[i], HTTP_PATCH_))
            schema(w, &types[i], "_patch", MODE_PATCH);
        if (is_sent(&types[i], HTTP_PUT_))
            schema(w, &types[i], "_whole", MODE_REPLACE);
    }
}

void oa_components(struct json_writer *w)
{
    jw_key(w, "components");
    jw_object(w);
    jw_key(w, "schemas");
    jw_object(w);
    record_schemas(w);
    wider_schema(w, "plan_step", IPAM_T_PLAN_STEP,
                 1ull << IPAM_PLAN_STEP_BEFORE | 1ull << IPAM_PLAN_STEP_AFTER, objects_schema);
    wider_schema(w, "plan_with_steps", IPAM_T_PLAN, 0, plan_steps_schema);
    wider_schema(w, "drift_with_objects", IPAM_T_DRIFT,
                 1ull << IPAM_DRIFT_BEFORE | 1ull << IPAM_DRIFT_AFTER, differences_schema);
    wider_schema(w, "change_with_items", IPAM_T_CHANGE, 0, items_schema);
    oa_found_schema(w);
    oa_write_schemas(w);
    oa_access_schemas(w);
    jw_key(w, "allocation");
    jw_raw(w, str_from(allocation_schema));
    jw_key(w, "set_values");
    jw_raw(w, str_from(set_values_schema));
    jw_key(w, "group_node");
    jw_raw(w, str_from(group_node_schema));
    jw_key(w, "group_tree");
    jw_raw(w, str_from(group_tree_schema));
    jw_key(w, "handed_out");
    jw_raw(w, IPAM_STR("{\"anyOf\":[{\"$ref\":\"#/components/schemas/address\"},{\"$ref\":\"#/components/"
                       "schemas/subnet\"}]}"));
    jw_key(w, "pool_allocation");
    jw_raw(w, str_from(pool_allocation_schema));
    jw_key(w, "vlan_allocation");
    jw_raw(w, str_from(vlan_allocation_schema));
    jw_key(w, "carving");
    jw_raw(w, str_from(carving_schema));
    jw_key(w, "problem");
    jw_raw(w, str_from(problem_schema));
    jw_object_end(w);
    oa_shared_parameters(w);
    jw_key(w, "responses");
    jw_object(w);
    jw_key(w, "not_modified");
    jw_object(w);
    oa_text(w, "description", "The client has it as it is (If-None-Match)");
    oa_unchanged_headers(w);
    jw_object_end(w);
    jw_key(w, "problem");
    jw_object(w);
    oa_text(w, "description", "Why it was refused (RFC 9457)");
    jw_key(w, "headers");
    jw_raw(w, IPAM_STR("{\"X-Request-Id\":{\"description\":\"Absent when the request could not "
                       "be read\",\"schema\":{\"type\":\"string\"}}}"));
    oa_content(w, "application/problem+json");
    jw_object(w);
    oa_ref(w, "schemas", "problem");
    jw_object_end(w);
    oa_content_end(w);
    jw_object_end(w);
    jw_object_end(w);
    oa_header_components(w);
    jw_key(w, "securitySchemes");
    jw_raw(w, IPAM_STR("{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"}}"));
    jw_object_end(w);
}
