/* refs.c - references between objects: ids for the daemon, natural keys for people.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/refs.h"

#include <inttypes.h>

#include "cli/client.h"
#include "cli/keys.h"
#include "cli/nouns.h"

#define LOOKUPS_MAX 2000 /* of one command; beyond it ids are shown */

int refs_id(struct cli *c, uint32_t type, const char *key, int64_t *ret_id)
{
    struct client_answer a;
    struct strbuf path;
    int rc;

    strbuf_init(&path, 8192);
    key_object(record_type(type), key, &path);
    rc = client_get(c->client, path.data, &a);
    if (rc == CLI_OK && json_int(json_get(json_root(a.doc), "id"), ret_id) != 0) {
        cli_error("the answer to GET %s has no id: is this ipamd?", path.data);
        rc = CLI_FAILED;
    }
    strbuf_fini(&path);
    client_answer_fini(&a);
    return rc;
}

/* "120@campus": a number alone would be an id. NULL: it has none. */
static const char *numbered(struct cli *c, const struct record_type *t, const struct json *object)
{
    const struct record_field *container = type_container(t);
    int64_t number, in;

    if (!key_is_numbered(t) || json_int(json_get(object, type_key(t)->name), &number) != 0 ||
        json_int(json_get(object, container->name), &in) != 0)
        return NULL;
    return arena_printf(&c->arena, "%" PRId64 "@%s", number, refs_key(c, container->ref, in));
}

/* Asks the daemon; the id in digits when that fails. */
static const char *look_up(struct cli *c, const struct record_type *t, int64_t id)
{
    const struct record_field *key = type_key(t);
    char *digits = arena_printf(&c->arena, "%" PRId64, id);
    const char *text = NULL;
    struct client_answer a;
    struct strbuf path;
    struct ipam_str name = { NULL, 0 };

    if (key == NULL || t->group == NULL || digits == NULL)
        return digits != NULL ? digits : "";
    strbuf_init(&path, 1024);
    key_object(t, digits, &path);
    if (client_peek(c->client, path.data, &a) == CLI_OK) {
        name = json_str(json_get(json_root(a.doc), key->name));
        text = numbered(c, t, json_root(a.doc));
    }
    if (text == NULL)
        text = name.len > 0 ? arena_memdup(&c->arena, name.data, name.len) : digits;
    strbuf_fini(&path);
    client_answer_fini(&a);
    return text != NULL ? text : digits;
}

const char *refs_key(struct cli *c, uint32_t type, int64_t id)
{
    uint64_t slot = (uint64_t)id | (uint64_t)type << 53; /* ids are below 2^53 */
    const char *key = imap_get(&c->keys, slot);

    if (key == NULL && c->keys.count < LOOKUPS_MAX) {
        key = look_up(c, record_type(type), id);
        imap_put(&c->keys, slot, (void *)(uintptr_t)key);
    } else if (key == NULL) {
        key = arena_printf(&c->arena, "%" PRId64, id);
    }
    return key != NULL ? key : "";
}
