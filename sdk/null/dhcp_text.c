/* dhcp_text.c - null-dhcp: its configuration as text, a line a row.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "dhcp.h"

#include <stdio.h>
#include <string.h>

#define LINE_MAX_ 128
#define PIECE     65536 /* records.def: config_text.text */

static const char *word_of(const struct ipam_record *rec)
{
    return rec->type == IPAM_T_SCOPE       ? "scope"
           : rec->type == IPAM_T_POOL      ? "  pool"
           : rec->type == IPAM_T_EXCLUSION ? "  exclusion"
                                           : "  reservation";
}

/* An address as its bytes, which needs nobody to print it. */
static void put_address(char *line, size_t *len, const struct ipam_addr *a)
{
    for (unsigned i = 0; i < (a->family == 4 ? 4u : 16u); i++)
        *len += (size_t)snprintf(line + *len, LINE_MAX_ - *len, "%s%02x", i ? ":" : " ", a->bytes[i]);
}

static size_t put_line(const struct ipam_record *rec, char line[LINE_MAX_])
{
    const struct ipam_scope *s = (const void *)rec;
    const struct ipam_reservation *r = (const void *)rec;
    size_t len = (size_t)snprintf(line, LINE_MAX_, "%s", word_of(rec));

    if (rec->type == IPAM_T_SCOPE) {
        len += (size_t)snprintf(line + len, LINE_MAX_ - len, " %.*s",
                                (int)(s->native.len < 64 ? s->native.len : 64), s->native.data);
    } else if (rec->type == IPAM_T_RESERVATION) {
        put_address(line, &len, &r->address);
    } else {
        struct null_dhcp_run run = null_dhcp_run(rec);

        put_address(line, &len, &run.first);
        put_address(line, &len, &run.last);
    }
    line[len++] = '\n';
    return len;
}

static int32_t emit_piece(struct null_call *c, struct ipam_config_text *row, const char *text, size_t len)
{
    int32_t status;

    row->text = (struct ipam_str){ text, len };
    status = null_emit(c, row);
    row->seq++;
    row->has[0] &= ~((uint64_t)1 << IPAM_CONFIG_TEXT_TOKEN); /* it is in the first piece alone */
    return status;
}

int32_t null_dhcp_emit_text(struct null_call *c, const struct null_dhcp *d)
{
    struct ipam_config_text row = { .size = sizeof(row),
                                    .type = IPAM_T_CONFIG_TEXT,
                                    .part = NULL_STR("server") };
    const struct null_list *rows = &d->config.rows;
    char *text = c->host->alloc(c->req, PIECE + LINE_MAX_);
    int32_t status = text ? IPAM_OK : IPAM_E_NOMEM;
    size_t len = 0;

    IPAM_SET_FIELD(&row, IPAM_CONFIG_TEXT_PART);
    IPAM_SET_FIELD(&row, IPAM_CONFIG_TEXT_SEQ);
    IPAM_SET_FIELD(&row, IPAM_CONFIG_TEXT_TOKEN);
    IPAM_SET_FIELD(&row, IPAM_CONFIG_TEXT_TEXT);
    row.token = c->info.token;
    for (size_t i = 0; i < rows->count && status == IPAM_OK; i++) {
        char line[LINE_MAX_];
        size_t more = put_line(rows->rows[i]->rec, line);

        if (len + more > PIECE) {
            status = emit_piece(c, &row, text, len);
            len = 0;
        }
        memcpy(text + len, line, more);
        len += more;
    }
    return status == IPAM_OK ? emit_piece(c, &row, text, len) : status;
}
