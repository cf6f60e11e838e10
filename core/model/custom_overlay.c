/* custom_overlay.c - single values of custom fields put into the list of an object, whose others stay.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/custom.h"

static const struct custom_cell *cell_of(const struct custom_cell *cells, struct ipam_str name)
{
    while (cells != NULL && !custom_same(cells->name, name))
        cells = cells->next;
    return cells;
}

static bool has_item(const struct ipam_strs *base, struct ipam_str field)
{
    struct ipam_str name, value;
    for (size_t i = 0; base != NULL && i < base->count; i++)
        if (custom_split(base->items[i], &name, &value) && custom_same(name, field))
            return true;
    return false;
}

/* As the field takes it: a choice in any case of letters. */
static bool is_same(const struct view *v, const struct custom_cell *cell, struct ipam_str value)
{
    const struct ipam_custom_field *f = custom_field(v, cell->name);
    bool choice = f != NULL && f->kind == IPAM_CUSTOM_FIELD_KIND_CHOICE;
    return choice ? custom_same(cell->value, value) : str_equal(cell->value, value);
}

size_t custom_overlay(const struct view *v, const struct ipam_strs *base, const struct custom_cell *cells,
                      struct ipam_str *items, bool *ret_changed)
{
    struct ipam_str name, value;
    size_t n = 0;
    *ret_changed = false;
    for (size_t i = 0; base != NULL && i < base->count; i++) {
        bool is_value = custom_split(base->items[i], &name, &value);
        const struct custom_cell *cell = is_value ? cell_of(cells, name) : NULL;
        bool stays = cell == NULL || is_same(v, cell, value);
        *ret_changed = *ret_changed || !stays;
        if (stays)
            items[n++] = base->items[i];
        else if (cell->value.len > 0)
            items[n++] = cell->item;
    }
    for (; cells != NULL; cells = cells->next) {
        if (cells->value.len == 0 || has_item(base, cells->name))
            continue;
        *ret_changed = true;
        items[n++] = cells->item;
    }
    return n;
}
