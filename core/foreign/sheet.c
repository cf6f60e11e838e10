/* sheet.c - tables that say what columns become, and the commonest ways in which they are taken.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "foreign/foreign_p.h"

const char *foreign_name(struct ipam_str text, char out[FOREIGN_NAME_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < text.len && n < FOREIGN_NAME_MAX - 1; i++)
        if (strchr(" \t_-", text.data[i]) == NULL)
            out[n++] = (char)tolower((unsigned char)text.data[i]);
    out[n] = '\0';
    return out;
}

/* Whether `name` is a word of `names`. */
static bool among(const char *names, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = names; len > 0 && (at = strstr(at, name)) != NULL; at += len)
        if ((at == names || at[-1] == ' ') && (at[len] == '\0' || at[len] == ' '))
            return true;
    return false;
}

const struct foreign_column *foreign_column(const struct foreign_column *columns, struct ipam_str name)
{
    char own[FOREIGN_NAME_MAX];
    foreign_name(name, own);
    for (; columns->names != NULL; columns++)
        if (among(columns->names, own))
            return columns;
    return NULL;
}

bool foreign_csv_has(const struct foreign_csv *csv, const char *names)
{
    char own[FOREIGN_NAME_MAX];
    for (size_t i = 0; i < csv->count; i++)
        if (among(names, foreign_name(str_from(csv->titles[i]), own)))
            return true;
    return false;
}

struct ipam_str foreign_csv_cell(const struct foreign_csv *csv, const char *names)
{
    char own[FOREIGN_NAME_MAX];
    for (size_t i = 0; i < csv->count; i++)
        if (among(names, foreign_name(str_from(csv->titles[i]), own)))
            return foreign_trim(csv->cells[i].text);
    return (struct ipam_str){ NULL, 0 };
}

void foreign_take_extra(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    foreign_extra(f, c->label, value);
}

void foreign_take_field(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    if (!foreign_set(f, c->field, value))
        foreign_take_extra(f, c, value);
}

void foreign_take_host(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    foreign_set(f, c->field, foreign_host(value));
}

void foreign_take_yes(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    if (!foreign_is_no(value))
        foreign_extra(f, c->label, IPAM_STR("yes"));
}
