/* openapi_reshape.c - the OpenAPI document: splitting, merging, moving, mapping, reclaiming, undoing,
 * comparing.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/openapi.h"

#include <string.h>

#define OBJECT(more) "{\"type\":\"object\",\"additionalProperties\":false," more "}"
#define TEXT(name)   "\"" name "\":{\"type\":\"string\"}"
#define SPACE        "\"space\":{\"type\":[\"string\",\"integer\"],\"description\":\"Name or id\"}"
#define PLACE(parts) OBJECT("\"minProperties\":1,\"properties\":{" parts "," SPACE "}")

static const char length_body[] = OBJECT("\"required\":[\"length\"],\"properties\":{\"length\":{\"type\":"
                                         "\"integer\",\"minimum\":1,\"maximum\":128}}");
static const char merge_body[] = OBJECT(
    "\"required\":[\"with\"],\"properties\":{\"with\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":1000,"
    "\"items\":{\"type\":[\"string\",\"integer\"]},\"description\":\"Ids and prefixes\"}}");
static const char revert_body[] = OBJECT("\"properties\":{\"cascade\":{\"type\":\"boolean\",\"description\":"
                                         "\"Undo the later revisions too that changed "
                                         "the same objects\"}}");

static const char reclaim_body[] = OBJECT(
    "\"minProperties\":1,\"maxProperties\":1,\"properties\":{\"addresses\":{\"type\":\"array\",\"minItems\":"
    "1,"
    "\"maxItems\":1000,\"items\":{\"type\":[\"string\",\"integer\"]},\"description\":\"Addresses and ids\"},"
    "\"expiry\":{\"type\":\"string\",\"description\":\"active, alert or expired, or several with commas: all "
    "that "
    "are\"}}");

static const char map_zone_body[] =
    OBJECT("\"required\":[\"zone\"],\"properties\":{\"zone\":{\"type\":[\"string\",\"integer\",\"null\"],"
           "\"description\":\"Id, or NAME@SERVER; null: none\"}}");

static const char records_body[] = OBJECT(
    "\"required\":[\"keys\"],\"properties\":{\"keys\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":1000,"
    "\"items\":{\"type\":[\"string\",\"integer\"]},\"description\":\"Ids of A, AAAA and PTR records\"}}");

static const char drifts_body[] =
    OBJECT("\"required\":[\"keys\"],\"properties\":{\"keys\":{\"type\":\"array\","
           "\"minItems\":1,\"maxItems\":1000,"
           "\"items\":{\"type\":[\"string\",\"integer\"]},\"description\":\"Ids of open drifts\"}}");

const char *oa_reshape_body(const struct route *r)
{
    if (r->handler == handle_map_zone)
        return map_zone_body;
    if (r->handler == handle_drifts_adopt)
        return drifts_body;
    if (r->handler == handle_record_addresses)
        return records_body;
    if (r->handler == handle_revert)
        return revert_body;
    if (r->handler == handle_reclaim)
        return reclaim_body;
    if (r->handler != handle_reshape)
        return NULL;
    if (strcmp(r->verb, "merge") == 0)
        return merge_body;
    if (strcmp(r->verb, "move") != 0)
        return length_body;
    return r->type == IPAM_T_RANGE     ? PLACE(TEXT("first") "," TEXT("last"))
           : r->type == IPAM_T_ADDRESS ? PLACE(TEXT("address"))
                                       : PLACE(TEXT("prefix"));
}

static const char reverted[] = OBJECT(
    "\"required\":[\"reverted\",\"count\",\"objects\"],\"properties\":{\"reverted\":{\"type\":\"array\","
    "\"items\":{\"type\":\"integer\"},\"description\":\"The revisions, in order, 100 of them at the most\"},"
    "\"count\":{\"type\":\"integer\",\"description\":\"How many they "
    "are\"},\"objects\":{\"type\":\"integer\"}}");
static const char different[] = OBJECT(
    "\"required\":[\"from\",\"to\",\"changes\"],\"properties\":{\"from\":{\"type\":\"integer\"},"
    "\"to\":{\"type\":\"integer\"},\"changes\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
    "\"additionalProperties\":false,\"required\":[\"verb\",\"type\",\"id\",\"fields\"],\"properties\":{"
    "\"verb\":{\"enum\":[\"add\",\"set\",\"delete\"]}," TEXT("type") ",\"id\":{\"type\":\"integer\"}," TEXT(
        "key") ",\"before\":{\"type\":\"object\",\"description\":\"The fields that were changed, as they "
               "were\"},"
               "\"after\":{\"type\":\"object\",\"description\":\"The same as they are\"},"
               "\"fields\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}}}");

#define COUNT(name) "\"" name "\":{\"type\":\"integer\",\"minimum\":0}"
static const char lines[] =
    OBJECT("\"required\":[\"from\",\"to\",\"removed\",\"added\",\"hunks\"],\"properties\":{"
           "\"from\":{\"$ref\":\"#/components/schemas/server_config\"},"
           "\"to\":{\"$ref\":\"#/components/schemas/server_config\"}," COUNT("removed") "," COUNT(
               "added") ","
                        "\"hunks\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
                        "\"additionalProperties\":false,"
                        "\"required\":[\"from\",\"from_count\",\"to\",\"to_count\",\"lines\"],\"properties\":"
                        "{" COUNT("from") "," COUNT("from_count") "," COUNT("to") "," COUNT(
                            "to_count") ",\"lines\":{\"type\":\"array\",\"items\":{"
                                        "\"type\":\"string\",\"description\":\"A blank, - or +, then the "
                                        "line\"}}}}}}");

static const char rows[] =
    "{\"type\":\"object\",\"required\":[\"items\",\"next\"],\"properties\":{\"items\":{\"type\":\"array\","
    "\"items\":{\"type\":\"object\",\"description\":\"What the list has\"}},\"next\":{\"type\":[\"string\","
    "\"null\"]},\"total\":{\"type\":\"integer\"}}}";

const char *oa_reshape_answer(const struct route *r)
{
    if (r->handler == handle_query_run)
        return rows;
    if (r->handler == handle_config_diff)
        return lines;
    return r->handler == handle_revert ? reverted : r->handler == handle_diff ? different : NULL;
}

void oa_utilization_parameters(struct json_writer *w, const struct route *r)
{
    oa_parameter(
        w, "from", "query", false, "string",
        "Averages of samples from then on, a time as of RFC 3339; absent with a to or a step: of 7 days");
    oa_parameter(w, "to", "query", false, "string", "Until then; absent: until now");
    oa_parameter(w, "step", "query", false, "string",
                 "Length of a step, such as 1h; absent: a twelfth of the time");
    oa_parameter(w, "forecast", "query", false, "boolean", "Of now: when it will be full, too");
    if (r->type == IPAM_T_LOGICAL_GROUP)
        oa_parameter(
            w, "node", "query", false, "string",
            "A value of the first level, or a list in JSON of one value a level, the last of which may be "
            "null; absent: all of the group");
}

void oa_diff_parameters(struct json_writer *w)
{
    oa_parameter(w, "from", "query", true, "string", "A revision, or a time as of RFC 3339");
    oa_parameter(w, "to", "query", false, "string", "The same; absent: now");
    oa_parameter(w, "type", "query", false, "string", "Only objects of this record");
}
