/* config_text.c - a configuration as text to look at and to keep, a member a line; and taken back.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "ipam/records.h"

#define INDENT 2
#define MASK   "\"********\""
#define PIECE  65536 /* the limit of config_text.text in records.def */

/* --- writing --- */

struct pretty {
    const struct json_doc *doc;
    bool masked;
    struct arena *arena;
    struct strbuf *out;
};

static void new_line(const struct pretty *p, unsigned depth)
{
    strbuf_putc(p->out, '\n');
    for (unsigned i = 0; i < depth * INDENT; i++)
        strbuf_putc(p->out, ' ');
}

static void put_value(const struct pretty *p, const struct json *v, unsigned depth);

static void put_object(const struct pretty *p, const struct json *v, unsigned depth)
{
    size_t count;
    const struct json **members = kea_members_sorted(v, p->arena, &count);
    struct json_writer w;

    if (!members && json_count(v))
        p->out->failed = true; /* out of memory: the caller looks at the buffer */
    strbuf_putc(p->out, '{');
    for (size_t i = 0; i < count; i++) {
        if (i)
            strbuf_putc(p->out, ',');
        new_line(p, depth + 1);
        jw_init(&w, p->out);
        w.ascii = true;
        jw_str(&w, json_key(members[i]));
        strbuf_puts(p->out, ": ");
        if (p->masked && kea_is_secret(json_key(members[i])))
            strbuf_puts(p->out, MASK);
        else
            put_value(p, members[i], depth + 1);
    }
    if (count)
        new_line(p, depth);
    strbuf_putc(p->out, '}');
}

static void put_array(const struct pretty *p, const struct json *v, unsigned depth)
{
    strbuf_putc(p->out, '[');
    for (const struct json *item = json_first(v); item; item = json_next(item)) {
        if (item != json_first(v))
            strbuf_putc(p->out, ',');
        new_line(p, depth + 1);
        put_value(p, item, depth + 1);
    }
    if (json_count(v))
        new_line(p, depth);
    strbuf_putc(p->out, ']');
}

static void put_value(const struct pretty *p, const struct json *v, unsigned depth)
{
    if (json_type(v) == JSON_OBJECT)
        put_object(p, v, depth);
    else if (json_type(v) == JSON_ARRAY)
        put_array(p, v, depth);
    else
        strbuf_addstr(p->out, json_span(p->doc, v)); /* as the server wrote it, byte for byte */
}

void kea_config_text(const struct kea_config *cfg, bool masked, struct arena *a, struct strbuf *out)
{
    const struct pretty p = { cfg->doc, masked, a, out };

    strbuf_printf(out, "{\n  \"%s\": ", kea_root_key(cfg->service));
    put_value(&p, cfg->root, 1);
    strbuf_puts(out, "\n}\n");
}

/* --- handing out --- */

/* What is left of a text, and its next piece, cut between two characters. */
static struct ipam_str next_piece(struct ipam_str *rest)
{
    struct ipam_str piece = *rest;

    if (piece.len > PIECE) {
        piece.len = PIECE;
        while (piece.len && ((unsigned char)piece.data[piece.len] & 0xC0) == 0x80)
            piece.len--;
    }
    *rest = (struct ipam_str){ rest->data + piece.len, rest->len - piece.len };
    return piece;
}

static int emit_pieces(struct kea_call *c, enum kea_service s, struct ipam_str token, struct ipam_str text,
                       struct ipam_str shown)
{
    struct ipam_config_text row = { .size = sizeof(row), .type = IPAM_T_CONFIG_TEXT };
    bool same = str_equal(text, shown);
    int status = 0;

    row.part = s == KEA_DHCP4 ? IPAM_STR("v4") : IPAM_STR("v6");
    row.token = token;
    IPAM_SET_FIELD(&row, IPAM_CONFIG_TEXT_PART);
    IPAM_SET_FIELD(&row, IPAM_CONFIG_TEXT_SEQ);
    IPAM_SET_FIELD(&row, IPAM_CONFIG_TEXT_TOKEN);
    IPAM_SET_FIELD(&row, IPAM_CONFIG_TEXT_TEXT);
    if (!same)
        IPAM_SET_FIELD(&row, IPAM_CONFIG_TEXT_SHOWN);
    for (; status == 0 && (text.len || (!same && shown.len)); row.seq++) {
        row.text = next_piece(&text);
        row.shown = same ? (struct ipam_str){ NULL, 0 } : next_piece(&shown);
        status = c->kea->host->emit(c->req, (const struct ipam_record *)&row);
        row.token = (struct ipam_str){ NULL, 0 };
        row.has[0] &= ~(UINT64_C(1) << IPAM_CONFIG_TEXT_TOKEN);
    }
    return status;
}

static void wipe(struct strbuf *b)
{
    if (b->data)
        sodium_memzero(b->data, b->cap); /* database passwords */
    strbuf_fini(b);
}

int kea_emit_text(struct kea_call *c, const struct kea_running *r)
{
    const struct ipam_host *host = c->kea->host;
    struct strbuf text, shown, token;
    struct arena scratch;
    int status = 0;

    strbuf_init(&text, KEA_ANSWER_MAX);
    strbuf_init(&shown, KEA_ANSWER_MAX);
    strbuf_init(&token, 128);
    arena_init(&scratch, 0);
    kea_config_text(&r->cfg, false, &scratch, &text);
    kea_config_text(&r->cfg, true, &scratch, &shown);
    kea_token_add(&token, r->cfg.service, r->digest, ""); /* the hash is of what the digest is of */
    if (text.failed || shown.failed)
        host->log(c->kea->inst, 4, "kea-text-too-large",
                  "a configuration is too large to be told as text; it is not kept");
    else
        status = emit_pieces(c, r->cfg.service, strbuf_str(&token), strbuf_str(&text), strbuf_str(&shown));
    if (status && !c->message[0])
        kea_fail(c, status, "the host stopped taking rows");
    arena_fini(&scratch);
    wipe(&text);
    wipe(&shown);
    strbuf_fini(&token);
    return status;
}

/* --- taking it back --- */

bool kea_edit_is_text(const struct kea_edit *edit)
{
    return edit->after && edit->after->type == IPAM_T_CONFIG_TEXT;
}

static const struct ipam_config_text *piece_of(const struct kea_edit *edit)
{
    return (const void *)edit->after;
}

int kea_text_service(const struct kea_edit *edit, enum kea_service *ret)
{
    struct ipam_str part = piece_of(edit)->part;

    *ret = str_is(part, "v6") ? KEA_DHCP6 : KEA_DHCP4;
    return str_is(part, "v4") || str_is(part, "v6") ? 0 : IPAM_E_NOENT;
}

static bool is_ascii(struct ipam_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] >= 0x80)
            return false;
    return true;
}

int kea_config_whole(struct kea_edit *const *edits, size_t count, struct strbuf *out, char *problem)
{
    strbuf_reset(out);
    for (size_t i = 0; i < count; i++) {
        const struct ipam_config_text *piece = piece_of(edits[i]);

        if (piece->seq != (int64_t)i) {
            snprintf(problem, KEA_PROBLEM_MAX, "piece %zu of the text is missing or in another place", i);
            return IPAM_E_INVAL;
        }
        strbuf_addstr(out, piece->text);
    }
    if (!is_ascii(strbuf_str(out))) {
        snprintf(problem, KEA_PROBLEM_MAX,
                 "it holds raw bytes beyond ASCII, which Kea would not read back as the same; write them as "
                 "\\u escapes");
        return IPAM_E_UNSUPPORTED;
    }
    return strbuf_status(out);
}
