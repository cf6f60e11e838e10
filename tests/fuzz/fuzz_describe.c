/* fuzz_describe.c - what a helper says of a plugin that the daemon must not load: descriptions and checks.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What is accepted can be described again, and that description is accepted, too; whatever options a plugin is
 * asked to check, there is an answer. `make check` replays the seeds in tests/fuzz/corpus/describe and mutations
 * of them (fuzz_main.c); to fuzz, see fuzz_json.c. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "provider/check.h"
#include "provider/load.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

/* The name in the description, which the reader must be given. */
static void name_of(struct ipam_str json, char name[PLUGIN_NAME_MAX + 1])
{
    struct json_doc *doc = NULL;
    struct json_error e;
    struct ipam_str found = { NULL, 0 };

    if (json_parse(json.data, json.len, 65536, &doc, &e) == 0)
        found = json_str(json_get(json_root(doc), "name"));
    snprintf(name, PLUGIN_NAME_MAX + 1, STR_FMT, STR_ARG(found));
    json_free(doc);
}

static bool take(struct ipam_str json, struct plugin *pl)
{
    char err[PROVIDER_ERR_MAX] = "", name[PLUGIN_NAME_MAX + 1];

    name_of(json, name);
    memset(pl, 0, sizeof(*pl));
    plugin_blank(pl, name);
    if (plugin_from_description(name, json, pl, err) == 0)
        return true;
    CHECK(err[0] != '\0');
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plugin pl, again;
    struct strbuf told, answer;

    if (size > 65536 || !take((struct ipam_str){ (const char *)data, size }, &pl))
        return 0;
    strbuf_init(&told, 1u << 20);
    strbuf_init(&answer, 1u << 20);
    plugin_describe(&pl, &told);
    CHECK(!told.failed && take(strbuf_str(&told), &again));
    for (uint32_t kind = 1; kind < KIND_END; kind++)
        CHECK(again.offers[kind].offered == pl.offers[kind].offered &&
              again.offers[kind].capabilities == pl.offers[kind].capabilities);
    CHECK(again.options.count == pl.options.count);
    check_answer(&pl, (struct ipam_str){ (const char *)data, size }, &answer);
    CHECK(!answer.failed && answer.len > 0);
    plugin_fini(&pl);
    plugin_fini(&again);
    strbuf_fini(&told);
    strbuf_fini(&answer);
    return 0;
}
