/* custom.c - which addresses have values of custom fields.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "state/custom.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/custom.h"

#define NAME_MOST  255
#define VALUE_MOST 1024
#define DEVICE     "Device type"

void custom_init(struct custom_index *ix)
{
    smap_init(&ix->fields);
}

void custom_fini(struct custom_index *ix)
{
    size_t pos = 0, len;
    const void *key;
    void *users;
    while (smap_next(&ix->fields, &pos, &key, &len, &users)) {
        imap_fini(users);
        free(users);
    }
    smap_fini(&ix->fields);
}

void custom_fold(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        text[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
}

void *custom_digest(struct ipam_str value)
{
    char text[VALUE_MOST];
    size_t len = value.len < VALUE_MOST ? value.len : VALUE_MOST;
    if (len > 0)
        memcpy(text, value.data, len);
    custom_fold(text, len);
    return (void *)(uintptr_t)(hash_bytes(text, len) | 1); /* the map has no NULLs */
}

/* What holds an address is said in a field of its own. Most are hosts, a value that stays as it is: of them
 * nobody asks. */
static struct ipam_str device_of(const struct ipam_address *a)
{
    bool other = record_has(a, IPAM_ADDRESS_DEVICE_TYPE) && !custom_same(a->device_type, IPAM_STR("Host"));
    return other ? a->device_type : (struct ipam_str){ NULL, 0 };
}

bool custom_has(const struct ipam_address *a, struct ipam_str field, struct ipam_str wanted)
{
    struct ipam_str name, value = device_of(a);
    if (value.data != NULL && custom_same(field, IPAM_STR(DEVICE)))
        return wanted.data == NULL || custom_same(value, wanted);
    for (size_t i = 0; record_has(a, IPAM_ADDRESS_CUSTOM) && i < a->custom.count; i++)
        if (custom_split(a->custom.items[i], &name, &value) && custom_same(name, field))
            return wanted.data == NULL || custom_same(value, wanted);
    return false;
}

/* The key in buf, of NAME_MOST bytes; 0: no field has a name as long. */
static size_t key_of(struct ipam_str field, char *buf)
{
    if (field.len == 0 || field.len > NAME_MOST)
        return 0;
    memcpy(buf, field.data, field.len);
    custom_fold(buf, field.len);
    return field.len;
}

const struct imap *custom_of(const struct custom_index *ix, struct ipam_str field)
{
    char key[NAME_MOST];
    size_t len = key_of(field, key);
    return len != 0 ? smap_get(&ix->fields, key, len) : NULL;
}

static void change(struct custom_index *ix, const struct ipam_address *a, struct ipam_str name,
                   struct ipam_str value, bool add)
{
    char key[NAME_MOST];
    size_t len = key_of(name, key);
    struct imap *users = len != 0 ? smap_get(&ix->fields, key, len) : NULL;
    if (len == 0)
        return;
    if (users == NULL && add) {
        users = xcalloc(1, sizeof(*users));
        imap_init(users);
        smap_put(&ix->fields, key, len, users);
    }
    if (add)
        imap_put(users, (uint64_t)a->id, custom_digest(value));
    else if (users != NULL)
        imap_del(users, (uint64_t)a->id);
    if (users != NULL && users->count == 0) {
        smap_del(&ix->fields, key, len);
        imap_fini(users);
        free(users);
    }
}

static void change_all(struct custom_index *ix, const void *rec, bool add)
{
    const struct ipam_address *a = rec;
    struct ipam_str name, value;
    if (a->type != IPAM_T_ADDRESS)
        return;
    value = device_of(a);
    if (value.data != NULL)
        change(ix, a, IPAM_STR(DEVICE), value, add);
    for (size_t i = 0; record_has(a, IPAM_ADDRESS_CUSTOM) && i < a->custom.count; i++)
        if (custom_split(a->custom.items[i], &name, &value))
            change(ix, a, name, value, add);
}

void custom_add(struct custom_index *ix, const void *rec)
{
    change_all(ix, rec, true);
}

void custom_remove(struct custom_index *ix, const void *rec)
{
    change_all(ix, rec, false);
}
