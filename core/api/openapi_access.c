/* openapi_access.c - what the OpenAPI document says of access control: scopes, verdicts, who may.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/openapi.h"

void oa_access_parameters(struct json_writer *w, const struct route *r)
{
    oa_parameter(w, "operation", "query", true, "string",
                 "What would be done: a name of GET /access/operations");
    if (r->handler == handle_explain)
        oa_parameter(w, "principal", "query", false, "string",
                     "Who: user:NAME, token:NAME, cert:NAME, uid:NUMBER; oneself when absent");
    oa_parameter(w, "scope", "query", false, "string", "Where: the path or id of an access scope");
    oa_parameter(w, "type", "query", false, "string", "To which object: its record");
    oa_parameter(w, "key", "query", false, "string", "And its id or natural key");
    oa_parameter(w, "when", "query", false, "string", "At which time; now when absent");
}

#define TEXT_ "{\"type\":\"string\"}"
#define RIGHT                                                                                                \
    "\"policy\":{\"type\":\"integer\",\"description\":\"Absent: the configuration gives it\"},"              \
    "\"principal\":" TEXT_ ",\"role\":" TEXT_ ",\"scope\":" TEXT_                                            \
    ",\"from\":{\"type\":\"string\",\"format\":\"date-time\"},\"until\":{\"type\":\"string\",\"format\":"    \
    "\"date-time\"}"
#define FLAG "{\"type\":\"boolean\"}"

static const char verdict_schema[] =
    "{\"type\":\"object\",\"title\":\"verdict\",\"additionalProperties\":false,\"required\":[\"verdict\","
    "\"reason\","
    "\"principal\",\"operation\",\"rights\"],\"properties\":{\"verdict\":{\"enum\":[\"allowed\",\"denied\","
    "\"hidden\"],"
    "\"description\":\"hidden: it is answered as if it did not exist\"},\"reason\":" TEXT_
    ",\"principal\":" TEXT_ ",\"operation\":" TEXT_
    ",\"scope\":{\"type\":\"string\",\"description\":\"Where the object is\"},"
    "\"rights\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,"
    "\"required\":[\"role\",\"scope\",\"has_operation\",\"covers\",\"holds\"],\"properties\":{" RIGHT
    ",\"has_operation\":" FLAG ",\"covers\":" FLAG ",\"holds\":" FLAG "}}}}}";

static const char who_schema[] =
    "{\"type\":\"object\",\"title\":\"who\",\"additionalProperties\":false,\"required\":[\"items\"],"
    "\"properties\":{"
    "\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,"
    "\"required\":[\"principal\",\"from_configuration\",\"role\",\"scope\"],\"properties\":{" RIGHT
    ",\"from_configuration\":" FLAG "}}}}}";

static const char set_scope_schema[] =
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"access_scope\"],\"properties\":{"
    "\"access_scope\":{\"type\":[\"string\",\"integer\",\"null\"],\"description\":\"Path or id of an access "
    "scope; null: the object inherits one\"}}}";

void oa_access_schemas(struct json_writer *w)
{
    jw_key(w, "set_scope");
    jw_raw(w, str_from(set_scope_schema));
    jw_key(w, "verdict");
    jw_raw(w, str_from(verdict_schema));
    jw_key(w, "who");
    jw_raw(w, str_from(who_schema));
}
