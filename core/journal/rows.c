/* rows.c - the rows that samples are stored in.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "journal/rows.h"

#include <inttypes.h>
#include <stdio.h>

static void name_prefix(const char *type, int64_t space, const struct ipam_prefix *p, char *ret)
{
    char text[PREFIX_TEXT_MAX];
    prefix_print(p, text);
    snprintf(ret, SERIES_NAME_MAX, "%s %" PRId64 " %s", type, space, text);
}

static void name_range(const struct ipam_range *r, char *ret)
{
    char first[ADDR_TEXT_MAX], last[ADDR_TEXT_MAX];
    addr_print(&r->first, first);
    addr_print(&r->last, last);
    snprintf(ret, SERIES_NAME_MAX, "range %" PRId64 " %s-%s " STR_FMT "/" STR_FMT, r->space, first, last,
             STR_ARG(r->managed_by), STR_ARG(r->instance));
}

void series_name(const void *rec, uint8_t family, char ret[SERIES_NAME_MAX])
{
    const struct ipam_block *b = rec;
    const struct ipam_subnet *s = rec;
    switch (((const struct ipam_record *)rec)->type) {
    case IPAM_T_SPACE:
        snprintf(ret, SERIES_NAME_MAX, "space %" PRId64 " ipv%u", ((const struct ipam_space *)rec)->id,
                 family);
        break;
    case IPAM_T_BLOCK: name_prefix("block", b->space, &b->prefix, ret); break;
    case IPAM_T_SUBNET: name_prefix("subnet", s->space, &s->prefix, ret); break;
    default: name_range(rec, ret);
    }
}

void series_row_prefix(const char *series, enum series_step step, char ret[SERIES_ROW_NAME_MAX])
{
    static const char letters[] = { [SERIES_MINUTE] = 'm', [SERIES_HOUR] = 'h', [SERIES_DAY] = 'd' };
    snprintf(ret, SERIES_ROW_NAME_MAX, "%s|%c|", series, letters[step]);
}

void series_row_name(const char *series, enum series_step step, int64_t row, char ret[SERIES_ROW_NAME_MAX])
{
    char prefix[SERIES_ROW_NAME_MAX];
    series_row_prefix(series, step, prefix);
    snprintf(ret, SERIES_ROW_NAME_MAX, "%.*s%014" PRId64, SERIES_ROW_NAME_MAX - 16, prefix, row);
}
