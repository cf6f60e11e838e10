/* schema.c - the backend's schema, derived from the record tables.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "store/store_p.h"

/* Of the layout as the record tables cannot describe it: raised when stored rows must be read in another way.
 * A new type, field or index needs no new version. */
#define SCHEMA_VERSION 1

static bool is_stored(const struct record_type *t)
{
    return t->residency != RES_NONE && t->type != IPAM_T_CHANGE;
}

static unsigned count_columns(const struct record_type *t)
{
    unsigned count = 0;

    for (unsigned i = 0; i < t->field_count; i++)
        count += (t->fields[i].flags & FIELD_INDEXED) != 0;
    return count;
}

static int32_t read_columns(const struct ipam_table *table, struct ipam_bytes body,
                            void (*column)(void *user, uint32_t place, struct ipam_bytes value), void *user)
{
    const struct record_type *t = record_type(table->type);
    struct arena arena;
    struct strbuf key;
    void *rec;

    arena_init(&arena, 0);
    strbuf_init(&key, STORE_ROW_MAX);
    int status = record_unpack(t, body, &arena, &rec);
    for (uint32_t i = 0; status == 0 && i < table->column_count; i++) {
        strbuf_reset(&key);
        record_field_sortkey(record_field_number(t, table->column_numbers[i]), rec, &key);
        if (key.failed)
            status = strbuf_status(&key);
        else
            column(user, i, (struct ipam_bytes){ (const uint8_t *)key.data, key.len });
    }
    strbuf_fini(&key);
    arena_fini(&arena);
    return status == 0 || status == IPAM_E_NOMEM ? status : IPAM_E_INVAL;
}

static const struct ipam_table *table_new(const struct record_type *t)
{
    unsigned count = count_columns(t), n = 0;
    struct ipam_table *table = xcalloc(1, sizeof(*table));
    uint32_t *numbers = xcalloc(count + 1, sizeof(*numbers));
    const char **names = xcalloc(count + 1, sizeof(*names));

    for (unsigned i = 0; i < t->field_count; i++) {
        if (!(t->fields[i].flags & FIELD_INDEXED))
            continue;
        numbers[n] = t->fields[i].number;
        names[n++] = t->fields[i].name;
    }
    *table = (struct ipam_table){ .size = sizeof(*table),
                                  .type = t->type,
                                  .name = t->name,
                                  .versions = t->cls == CLASS_RECORD,
                                  .column_count = count,
                                  .column_numbers = numbers,
                                  .column_names = names };
    return table;
}

const struct ipam_schema *store_schema(void)
{
    static struct ipam_schema schema;
    const struct ipam_table **tables;
    const struct record_type *types;
    unsigned count;

    if (schema.size)
        return &schema;
    types = record_types(&count);
    tables = xcalloc(count, sizeof(*tables));
    for (unsigned i = 0; i < count; i++)
        if (is_stored(&types[i]))
            tables[schema.table_count++] = table_new(&types[i]);
    schema.size = sizeof(schema);
    schema.version = SCHEMA_VERSION;
    schema.tables = tables;
    schema.columns = read_columns;
    return &schema;
}

const struct ipam_table *store_table(uint32_t type)
{
    const struct ipam_schema *schema = store_schema();

    for (uint32_t i = 0; i < schema->table_count; i++)
        if (schema->tables[i]->type == type)
            return schema->tables[i];
    return NULL;
}

const struct ipam_schema *store_schema_as_is(void)
{
    static struct ipam_schema schema;

    schema = *store_schema();
    schema.flags = IPAM_SCHEMA_AS_IS;
    return &schema;
}

uint32_t store_schema_version(void)
{
    return SCHEMA_VERSION;
}
