/* incoming.c - follows an answer while it comes in: what is none, or is too large, is not read on.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Whether it is JSON is found out by the parser. Here brackets, strings and commas are followed alone, which
 * tells where the answer ends and bounds the memory that parsing it will take. */
#include "kea.h"

void kea_incoming_init(struct kea_incoming *in)
{
    *in = (struct kea_incoming){ .complaint = KEA_INCOMING_OK };
    strbuf_init(&in->text, KEA_ANSWER_MAX);
}

void kea_incoming_fini(struct kea_incoming *in)
{
    strbuf_fini(&in->text);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static enum kea_complaint open_container(struct kea_incoming *in)
{
    in->begun = true;
    if (++in->depth > JSON_DEPTH_MAX)
        return KEA_INCOMING_DEEP;
    return ++in->values > KEA_ANSWER_VALUES ? KEA_INCOMING_MANY : KEA_INCOMING_OK;
}

static void close_container(struct kea_incoming *in)
{
    if (in->depth > 0) /* else it is no JSON, as the parser will say */
        in->depth--;
    in->ended = in->depth == 0;
}

static void follow_string(struct kea_incoming *in, char c)
{
    if (in->escaped)
        in->escaped = false;
    else if (c == '\\')
        in->escaped = true;
    else if (c == '"')
        in->in_string = false;
}

static enum kea_complaint follow(struct kea_incoming *in, char c)
{
    if (in->in_string) {
        follow_string(in, c);
        return KEA_INCOMING_OK;
    }
    if (is_blank(c))
        return KEA_INCOMING_OK;
    if (in->ended)
        return KEA_INCOMING_MORE;
    if (c == '{' || c == '[')
        return open_container(in);
    if (!in->begun)
        return KEA_INCOMING_NO_JSON;
    if (c == '}' || c == ']')
        close_container(in);
    else if (c == '"')
        in->in_string = true;
    else if (c == ',' && ++in->values > KEA_ANSWER_VALUES)
        return KEA_INCOMING_MANY;
    return KEA_INCOMING_OK;
}

/* How many characters are next that follow() learns nothing from: most of an answer are such. */
static size_t plain(const struct kea_incoming *in, const char *data, size_t len)
{
    static const bool marks[256] = {
        ['"'] = true, ['{'] = true, ['}'] = true, ['['] = true, [']'] = true, [','] = true
    };
    size_t n = 0;

    if (in->in_string && !in->escaped)
        while (n < len && data[n] != '"' && data[n] != '\\')
            n++;
    else if (!in->in_string && in->begun && !in->ended)
        while (n < len && !marks[(unsigned char)data[n]])
            n++;
    return n;
}

bool kea_incoming_add(struct kea_incoming *in, const char *data, size_t len)
{
    for (size_t i = 0; i < len && in->complaint == KEA_INCOMING_OK; i++) {
        i += plain(in, data + i, len - i);
        if (i < len)
            in->complaint = follow(in, data[i]);
    }
    if (in->complaint == KEA_INCOMING_OK && len > in->text.max - in->text.len)
        in->complaint = KEA_INCOMING_LONG;
    if (in->complaint != KEA_INCOMING_OK)
        return false;
    strbuf_add(&in->text, data, len);
    if (in->text.failed)
        in->complaint = KEA_INCOMING_NOMEM;
    return !in->text.failed;
}

int kea_incoming_fail(struct kea_call *c, const struct kea_incoming *in, const char *where,
                      const char *command)
{
    switch (in->complaint) {
    case KEA_INCOMING_LONG:
        return kea_fail(
            c, IPAM_E_TOOBIG,
            "%s: the answer to %s is larger than %u MiB and was not read to its end; see that the "
            "options lead to a Kea server",
            where, command, KEA_ANSWER_MAX >> 20);
    case KEA_INCOMING_MANY:
        return kea_fail(
            c, IPAM_E_TOOBIG,
            "%s: the answer to %s holds more than %d values and was not read to its end; see that "
            "the options lead to a Kea server",
            where, command, KEA_ANSWER_VALUES);
    case KEA_INCOMING_NOMEM:
        return kea_fail(c, IPAM_E_NOMEM,
                        "%s: out of memory for the answer to %s; try again when others need less", where,
                        command);
    case KEA_INCOMING_DEEP:
        return kea_fail(c, IPAM_E_PROTO,
                        "%s: what answered %s is no Kea: its answer is nested deeper than %d; see that the "
                        "options lead to a Kea server",
                        where, command, JSON_DEPTH_MAX);
    case KEA_INCOMING_MORE:
        return kea_fail(
            c, IPAM_E_PROTO,
            "%s: what answered %s is no Kea: its answer goes on after its end; see that the options "
            "lead to a Kea server",
            where, command);
    default:
        return kea_fail(
            c, IPAM_E_PROTO,
            "%s: what answered %s is no Kea: its answer is not JSON; see that the options lead to a "
            "Kea server",
            where, command);
    }
}
