/* openapi_plans.c - the OpenAPI document: what is planned on servers, reservations and records of the DNS.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/openapi.h"

#define OBJECT(more) "{\"type\":\"object\",\"additionalProperties\":false," more "}"
#define KEYS(items)  "\"keys\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":1000,\"items\":{" items "}}"
#define ZONE(name, of)                                                                                       \
    "\"" name "\":{\"type\":[\"string\",\"integer\"],\"description\":\"Zone of the " of                      \
    ", NAME@SERVER or its id; the longest that fits when absent\"}"
#define WHICH                                                                                                \
    "\"host\":{\"type\":\"boolean\",\"description\":\"The A or AAAA record; both when neither is named\"},"  \
    "\"ptr\":{\"type\":\"boolean\"}," ZONE("zone", "host record") "," ZONE("reverse_zone", "PTR record")
#define TTL      "\"ttl\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":2147483647}"
#define ADDRESS_ "\"type\":\"string\",\"description\":\"ADDRESS or ADDRESS@SPACE\""

static const char reservation_keys[] =
    OBJECT("\"required\":[\"keys\"],\"properties\":{" KEYS("\"type\":\"string\",\"description\":"
                                                           "\"ADDRESS@SERVER\"") "}");
static const char lease_keys[] =
    OBJECT("\"required\":[\"keys\"],\"properties\":{" KEYS("\"type\":[\"string\",\"integer\"],"
                                                           "\"description\":\"Id or ADDRESS@SERVER\"") "}");
static const char record_keys[] =
    OBJECT("\"required\":[\"keys\"],\"properties\":{" KEYS("\"type\":[\"integer\",\"string\"],"
                                                           "\"description\":\"Id\"") "}");
static const char register_one[] = OBJECT("\"properties\":{" WHICH "," TTL "}");
static const char unregister_one[] = OBJECT("\"properties\":{" WHICH "}");
static const char register_many[] =
    OBJECT("\"required\":[\"keys\"],\"properties\":{" KEYS(ADDRESS_) "," WHICH "," TTL "}");
static const char unregister_many[] =
    OBJECT("\"required\":[\"keys\"],\"properties\":{" KEYS(ADDRESS_) "," WHICH "}");

/* clang-format off: a member a line */
#define TEXT(help) "{\"type\":\"string\",\"description\":\"" help "\"}"
#define EDITED     "\"list\":{\"enum\":[\"dhcp/scopes\",\"dhcp/reservations\",\"dhcp/server-settings\"," \
                   "\"dhcp/superscopes\",\"dhcp/classes\"]}"
#define FILTERS    TEXT("Filters of that list as in a URL: server=1&name.contains=floor; all when absent")
#define WORD       "{\"enum\":[\"add\",\"overwrite\",\"append\",\"replace\",\"delete\"]}"
#define OPTION     "{\"type\":[\"string\",\"integer\"]," \
                   "\"description\":\"Instead of a property: name or code of an option\"}"
#define ONE_EDIT   OBJECT("\"required\":[\"word\"],\"properties\":{\"word\":" WORD ","                   \
                          "\"property\":" TEXT("A field of the objects") ",\"value\":{},"               \
                          "\"option\":" OPTION ",\"space\":" TEXT("Option space") ","                   \
                          "\"values\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"            \
                          "\"data\":" TEXT("Its bytes, instead of values") ","                          \
                          "\"old\":{\"description\":\"What replace finds\"}}")
static const char edit[] = OBJECT(
    "\"required\":[\"select\",\"edits\"],\"properties\":{"
    "\"select\":" OBJECT("\"required\":[\"list\"],\"properties\":{" EDITED ",\"query\":" FILTERS "}") ","
    "\"edits\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":32,\"items\":" ONE_EDIT "},"
    "\"begin\":{\"type\":\"string\",\"format\":\"date-time\"},"
    "\"window\":" TEXT("Days and times: mon-fri 22:00-05:00; the server's own when absent") ","
    "\"dry_run\":{\"type\":\"boolean\"}}");
/* clang-format on */

/* A route that plans. */
static const struct planning {
    void (*handler)(struct call *c);
    const char *body; /* NULL: none, or records of its type */
    bool needs_body;
    enum { ONE, EITHER, LIST } answers; /* a plan, a plan or several, several */
    const char *replace;                /* what `replace` does; NULL: it does not take that */
} plannings[] = {
    { handle_reservation_create, NULL, true, EITHER,
      "true: it takes the place of the reservation that the scope has for that address" },
    { handle_managed_create, NULL, true, EITHER, NULL },
    { handle_managed_change, NULL, true, ONE, NULL },
    { handle_managed_delete, NULL, false, ONE, NULL },
    { handle_edit, edit, true, ONE, NULL },
    { handle_config_restore, NULL, false, ONE, NULL },
    { handle_lease_create, NULL, true, EITHER, NULL },
    { handle_lease_delete, NULL, false, EITHER, NULL },
    { handle_leases_delete, lease_keys, true, LIST, NULL },
    { handle_lease_reserve, NULL, false, ONE,
      "true: it takes the place of the reservation that the scope has for that address" },
    { handle_reservation_delete, NULL, false, ONE, NULL },
    { handle_reservations_delete, reservation_keys, true, LIST, NULL },
    { handle_address_reserve, NULL, false, ONE,
      "true: it takes the place of the reservation that the scope has for that address" },
    { handle_address_unreserve, NULL, false, ONE, NULL },
    { handle_drift_restore, NULL, false, LIST, NULL },
    { handle_drifts_restore, record_keys, true, LIST, NULL },
    { handle_record_create, NULL, true, EITHER,
      "true: it takes the place of the record that the zone has of that name and type" },
    { handle_record_delete, NULL, false, ONE, NULL },
    { handle_records_delete, record_keys, true, LIST, NULL },
    { handle_address_register, register_one, false, LIST,
      "true: they take the place of those that the zones have for that address" },
    { handle_address_unregister, unregister_one, false, LIST, NULL },
    { handle_addresses_register, register_many, true, LIST,
      "true: they take the place of those that the zones have for these addresses" },
    { handle_addresses_unregister, unregister_many, true, LIST, NULL },
};

static const struct planning *planning_of(const struct route *r)
{
    for (size_t i = 0; i < sizeof(plannings) / sizeof(plannings[0]); i++)
        if (plannings[i].handler == r->handler)
            return &plannings[i];
    return NULL;
}

bool oa_plans(const struct route *r)
{
    return planning_of(r) != NULL;
}

bool oa_plans_list(const struct route *r)
{
    const struct planning *p = planning_of(r);
    return p != NULL && p->answers == LIST;
}

bool oa_plans_either(const struct route *r)
{
    const struct planning *p = planning_of(r);
    return p != NULL && p->answers == EITHER;
}

const char *oa_plans_body(const struct route *r, bool *ret_needed)
{
    const struct planning *p = planning_of(r);
    *ret_needed = p != NULL && p->needs_body;
    return p != NULL ? p->body : NULL;
}

void oa_plans_parameters(struct json_writer *w, const struct route *r)
{
    const struct planning *p = planning_of(r);
    if (p != NULL && p->replace != NULL)
        oa_parameter(w, "replace", "query", false, "boolean", p->replace);
}
