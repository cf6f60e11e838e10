/* apply.c - a call that changes a server: its edits in, its results out.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "apply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EDITS_MAX 10000 /* records.def: apply.count */

static int read_edit(struct kea_change *ch, size_t i)
{
    const struct ipam_record *before = NULL, *after = NULL;
    struct kea_edit *e = &ch->edits[i];
    int status = ch->call.kea->host->edit(ch->call.req, (uint32_t)i, &e->verb, &before, &after);

    if (status)
        return kea_fail(&ch->call, status, "edit %zu of the call could not be read", i);
    e->before = before;
    e->after = after;
    e->lenient = ch->flags & IPAM_APPLY_RESUME;
    e->proposes = e->verb == IPAM_EDIT_VERB_ADD;
    if (kea_edit_is_text(e) && e->verb == IPAM_EDIT_VERB_SET && !before)
        return 0;
    if ((!before && !after) || e->verb > IPAM_EDIT_VERB_DELETE || !kea_edit_known(e))
        return kea_fail(
            &ch->call, IPAM_E_UNSUPPORTED,
            "edit %zu of the call is of an object that Kea does not have: it has server settings, scopes, "
            "pools, superscopes, classes, reservations, option definitions and option values",
            i);
    if ((e->verb != IPAM_EDIT_VERB_ADD && !before) || (e->verb != IPAM_EDIT_VERB_DELETE && !after))
        return kea_fail(&ch->call, IPAM_E_INVAL, "edit %zu of the call lacks its record", i);
    return 0;
}

static struct ipam_str scope_of(const struct ipam_record *row)
{
    const void *at = row;

    switch (row->type) {
    case IPAM_T_POOL: return ((const struct ipam_pool *)at)->native_scope;
    case IPAM_T_RESERVATION: return ((const struct ipam_reservation *)at)->native_scope;
    case IPAM_T_OPTION_VALUE: return ((const struct ipam_option_value *)at)->native_scope;
    default: return (struct ipam_str){ NULL, 0 };
    }
}

/* The server of a scope that an earlier edit adds under that name. */
static int service_of_added(const struct kea_change *ch, struct ipam_str native_scope, enum kea_service *ret)
{
    for (size_t i = 0; i < ch->count && native_scope.len; i++) {
        const struct ipam_record *row = ch->edits[i].after;
        const struct ipam_scope *scope = (const void *)row;

        if (row && row->type == IPAM_T_SCOPE && ch->edits[i].verb == IPAM_EDIT_VERB_ADD &&
            str_equal(scope->native, native_scope))
            return kea_edit_service(&ch->edits[i], ret);
    }
    return IPAM_E_NOENT;
}

/* Gives the edit to the server that has its object. */
static int assign(struct kea_change *ch, size_t i)
{
    struct kea_edit *e = &ch->edits[i];
    const struct ipam_record *row = e->after ? e->after : e->before;
    enum kea_service s;
    struct kea_part *p;

    if (kea_edit_is_text(e) ? kea_text_service(e, &s)
                            : service_of_added(ch, scope_of(row), &s) && kea_edit_service(e, &s))
        return kea_fail(
            &ch->call, IPAM_E_INVAL,
            "edit %zu of the call does not tell which of Kea's servers it is for: a scope looks like v4/7, "
            "other rows name their family",
            i);
    if (!ch->call.kea->opt.use[s])
        return kea_fail(&ch->call, IPAM_E_INVAL,
                        "edit %zu of the call is for %s, which is not managed (option services)", i,
                        kea_service_name(s));
    p = &ch->parts[s];
    p->edits[p->count++] = e;
    p->wide = p->wide || row->type != IPAM_T_RESERVATION;
    p->whole = p->whole || kea_edit_is_text(e);
    return 0;
}

/* A whole text comes with nothing else, and has no way back but another text. */
static int check_whole(struct kea_change *ch, bool undoes)
{
    bool whole = ch->parts[KEA_DHCP4].whole || ch->parts[KEA_DHCP6].whole;

    if (!whole)
        return 0;
    if (undoes)
        return kea_fail(&ch->call, IPAM_E_UNSUPPORTED,
                        "a whole configuration is taken back by the text of the one before");
    for (size_t i = 0; i < ch->count; i++)
        if (!kea_edit_is_text(&ch->edits[i]) || (ch->parts[KEA_DHCP4].count && ch->parts[KEA_DHCP6].count))
            return kea_fail(&ch->call, IPAM_E_INVAL,
                            "edit %zu of the call is of something else than the whole configuration that "
                            "comes with it; send them apart",
                            i);
    return 0;
}

static int take_edits(struct kea_change *ch, int64_t count)
{
    bool undoes = (ch->flags & IPAM_APPLY_RESUME) && (ch->flags & IPAM_APPLY_UNDO);
    int status = 0;

    if (count < 0 || count > EDITS_MAX)
        return kea_fail(&ch->call, IPAM_E_TOOBIG, "a call takes %d edits at the most", EDITS_MAX);
    ch->edits = calloc((size_t)count + 1, sizeof(*ch->edits));
    for (enum kea_service s = 0; s < KEA_SERVICES; s++) {
        ch->parts[s].service = s;
        ch->parts[s].edits = calloc((size_t)count + 1, sizeof(struct kea_edit *));
        strbuf_init(&ch->parts[s].arguments, KEA_ANSWER_MAX);
    }
    if (!ch->edits || !ch->parts[KEA_DHCP4].edits || !ch->parts[KEA_DHCP6].edits)
        return kea_fail(&ch->call, IPAM_E_NOMEM, "out of memory for %lld edits", (long long)count);
    ch->count = (size_t)count;
    for (size_t i = 0; i < ch->count && status == 0; i++)
        status = read_edit(ch, i);
    for (size_t i = 0; i < ch->count && status == 0; i++)
        status = assign(ch, i);
    if (status == 0)
        status = check_whole(ch, undoes);
    for (enum kea_service s = 0; s < KEA_SERVICES && status == 0 && undoes; s++)
        kea_edits_take_back(ch->parts[s].edits, ch->parts[s].count);
    return status;
}

static void emit_result(struct kea_change *ch, size_t i, int status, const char *message)
{
    struct ipam_edit_result row = {
        .size = sizeof(row), .type = IPAM_T_EDIT_RESULT, .index = (int64_t)i, .status = status
    };

    IPAM_SET_FIELD(&row, IPAM_EDIT_RESULT_INDEX);
    IPAM_SET_FIELD(&row, IPAM_EDIT_RESULT_STATUS);
    if (message && message[0]) {
        row.message = str_from(message);
        IPAM_SET_FIELD(&row, IPAM_EDIT_RESULT_MESSAGE);
    }
    ch->call.kea->host->emit(ch->call.req, (const struct ipam_record *)&row);
}

/* One result an edit: its own trouble, the server's words on it, or that it shares the fate of the call. */
static void emit_results(struct kea_change *ch, int status)
{
    const char *words = ch->words[0] ? ch->words : ch->call.message;
    bool known = status && ch->culprit;

    for (size_t i = 0; i < ch->count; i++)
        known = known || ch->edits[i].status;
    for (size_t i = 0; i < ch->count; i++) {
        struct kea_edit *e = &ch->edits[i];

        if (status == 0)
            emit_result(ch, i, 0, NULL);
        else if (e->status)
            emit_result(ch, i, e->status, e->problem);
        else if (e == ch->culprit)
            emit_result(ch, i, status, words);
        else if (known)
            emit_result(ch, i, IPAM_E_CANCELED,
                        "not made, because another edit of the same call was refused");
        else
            emit_result(ch, i, status, words);
    }
}

/* The token of what is in effect: the new digests, and those of the servers that had no part. */
static void put_token(const struct kea_change *ch, struct strbuf *token)
{
    char digest[KEA_DIGEST_TEXT], hash[KEA_HASH_TEXT];

    for (enum kea_service s = 0; s < KEA_SERVICES; s++) {
        struct ipam_str part = kea_token_part(ch->token, s);

        if (ch->parts[s].count) {
            kea_token_add(token, s, ch->parts[s].now, ch->parts[s].now_hash);
        } else if (part.data) {
            snprintf(digest, sizeof(digest), STR_FMT, STR_ARG(part));
            snprintf(hash, sizeof(hash), STR_FMT, STR_ARG(kea_token_hash(ch->token, s)));
            kea_token_add(token, s, digest, hash);
        }
    }
}

void kea_apply(void *ctx, struct ipam_req *req, const struct ipam_apply *args)
{
    struct kea_change ch = { .call = { .kea = ctx, .req = req }, .token = args->token, .flags = args->flags };
    struct ipam_outcome info = { .size = sizeof(info), .type = IPAM_T_OUTCOME };
    struct strbuf token;
    int status = take_edits(&ch, args->count);

    strbuf_init(&token, 128);
    if (status == 0)
        status = kea_safe_write(&ch);
    emit_results(&ch, status);
    if (status == 0) {
        put_token(&ch, &token);
        info.token = strbuf_str(&token);
        ch.call.message[0] = ch.call.native[0] = '\0';
        if (info.token.len)
            IPAM_SET_FIELD(&info, IPAM_OUTCOME_TOKEN);
    }
    kea_done(&ch.call, status, &info);
    for (enum kea_service s = 0; s < KEA_SERVICES; s++) {
        kea_running_fini(&ch.parts[s].former);
        kea_pieces_fini(&ch.parts[s].pieces);
        if (ch.parts[s].sent_doc)
            kea_config_fini(&ch.parts[s].sent_cfg);
        json_free(ch.parts[s].sent_doc);
        strbuf_fini(&ch.parts[s].arguments);
        free(ch.parts[s].edits);
    }
    strbuf_fini(&token);
    free(ch.edits);
}
