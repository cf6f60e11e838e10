/* piece_write.c - a change made by the commands of Kea's hooks: host_cmds, subnet_cmds and class_cmds.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Clients wait for one object at a time instead of for the whole configuration. A command is all or
 * nothing, several are not: between two of them clients see the one and not yet the other. When one fails,
 * what the others made is taken back by commands that are found by comparing what there is with what there
 * was; and if these do not do it, by config-set of the former text, as ever. */
#include <stdio.h>
#include <string.h>

#include "apply.h"
#include "read.h"

static bool lists(const struct json *commands, const char *name)
{
    for (const struct json *v = json_first(commands); v; v = json_next(v))
        if (str_is(json_str(v), name))
            return true;
    return false;
}

/* Whether the server has every command of it. */
static int has_commands(struct kea_change *ch, struct kea_part *p, bool *ret)
{
    struct kea_answer answer;
    int status = kea_ask(&ch->call, p->service, "list-commands", (struct ipam_str){ NULL, 0 }, &answer);

    if (status)
        return status;
    *ret = p->pieces.count > 0;
    for (size_t i = 0; i < p->pieces.count; i++)
        *ret = *ret && lists(answer.arguments, p->pieces.items[i].command);
    kea_answer_fini(&answer);
    return 0;
}

int kea_choose_way(struct kea_change *ch, struct kea_part *p)
{
    int status;

    if ((ch->flags & IPAM_APPLY_CHECK) || p->version < KEA_PIECES_VERSION || !p->former.hash[0])
        return 0;
    status = kea_pieces_between(&p->former.cfg, &p->sent_cfg, &p->pieces);
    if (status == IPAM_E_NOMEM)
        return kea_fail(&ch->call, status, "out of memory for the commands of the change");
    return status ? 0 : has_commands(ch, p, &p->by_pieces);
}

/* Sends one command. IPAM_E_REFUSED: the server said no. */
static int send_piece(struct kea_change *ch, struct kea_part *p, const struct kea_piece *piece)
{
    struct kea_answer answer;
    bool sent = false;
    int status = kea_command(&ch->call, p->service, piece->command, piece->arguments, &answer, &sent);

    p->sent = p->sent || sent;
    p->lost = status && sent;
    if (p->lost)
        snprintf(p->cause, sizeof(p->cause), "%.399s", ch->call.message);
    if (status)
        return status;
    if (answer.result != KEA_SUCCESS)
        status = kea_refused(ch, p, piece->command, piece->arguments, &answer);
    kea_answer_fini(&answer);
    return status;
}

int kea_take_back_pieces(struct kea_change *ch, struct kea_part *p)
{
    struct kea_pieces back = { .count = 0 };
    struct kea_running now;
    int status = kea_config_get(&ch->call, p->service, &now);

    if (status)
        return status;
    kea_note_shown(p, &now);
    status = kea_pieces_between(&now.cfg, &p->former.cfg, &back);
    kea_running_fini(&now);
    for (size_t i = 0; i < back.count && status == 0; i++)
        status = send_piece(ch, p, &back.items[i]);
    p->lost = false;
    if (status == 0 && back.count)
        status = kea_look(ch, p);
    kea_pieces_fini(&back);
    if (status == 0 && strcmp(p->now, p->former.digest) != 0)
        status = IPAM_E_CHANGED;
    return status ? status : kea_serves(ch, p);
}

/* The first that is refused is told. */
static int send_all(struct kea_change *ch, struct kea_part *p, const struct kea_pieces *pieces,
                    const struct kea_piece **ret_refused)
{
    int status = 0;

    for (size_t i = 0; i < pieces->count && status == 0; i++) {
        ch->call.kea->host->step(ch->call.req, pieces->items[i].command);
        status = send_piece(ch, p, &pieces->items[i]);
        if (status == IPAM_E_REFUSED)
            *ret_refused = &pieces->items[i];
    }
    return status;
}

/* The commands that make what is missing of the edits in what is there. Kea spells out defaults in what it
 * was sent: so the edits are made again, and what is there already is none. */
static int find_missing(struct kea_part *p, struct kea_running *now, struct kea_pieces *ret)
{
    struct ipam_str text = { NULL, 0 };
    struct kea_config wanted;
    struct json_doc *doc = NULL;
    struct json_error e;
    struct strbuf whole;
    char problem[KEA_PROBLEM_MAX];
    int status;

    for (size_t i = 0; i < p->count; i++)
        p->edits[i]->lenient = true;
    status = kea_config_edit(&now->cfg, p->version, p->edits, p->count, &text);
    if (status || !text.data)
        return status;
    strbuf_init(&whole, KEA_ANSWER_MAX);
    strbuf_printf(&whole, "{\"%s\": " STR_FMT "}", kea_root_key(p->service), STR_ARG(text));
    status = whole.failed ? IPAM_E_NOMEM : json_parse(whole.data, whole.len, KEA_ANSWER_MAX, &doc, &e);
    strbuf_fini(&whole);
    if (status == 0)
        status = kea_config_parse(p->service, doc, json_root(doc), &wanted, problem);
    if (status == 0) {
        status = kea_pieces_between(&now->cfg, &wanted, ret);
        kea_config_fini(&wanted);
    }
    json_free(doc);
    return status;
}

/* The answer to a command never came: what is there tells what is still to be done, once. */
static int go_on(struct kea_change *ch, struct kea_part *p, const struct kea_piece **ret_refused)
{
    struct kea_running now;
    int status = kea_config_get(&ch->call, p->service, &now);

    if (status)
        return IPAM_E_CONN;
    kea_pieces_fini(&p->pieces);
    status = find_missing(p, &now, &p->pieces);
    kea_running_fini(&now);
    return status ? IPAM_E_CONN : send_all(ch, p, &p->pieces, ret_refused);
}

/* What Kea says of a reservation it says of it in a configuration too. */
static bool is_final(const struct kea_piece *refused)
{
    return refused->verb == KEA_RESERVATION_ADD || refused->verb == KEA_RESERVATION_UPDATE ||
           refused->verb == KEA_RESERVATION_DEL;
}

int kea_write_pieces(struct kea_change *ch, struct kea_part *p, bool *ret_back)
{
    const struct kea_piece *refused = NULL;
    int status = kea_begin(ch, p->pieces.items[0].command);

    if (status)
        return status;
    status = send_all(ch, p, &p->pieces, &refused);
    if (p->lost)
        status = go_on(ch, p, &refused);
    p->lost = false;
    if (refused && !is_final(refused)) {
        char words[sizeof(ch->call.message)];

        memcpy(words, ch->call.message, sizeof(words));
        ch->call.kea->host->step(ch->call.req, "take-back");
        *ret_back = kea_take_back_pieces(ch, p) == 0;
        memcpy(ch->call.message, words, sizeof(words));
    }
    return status;
}
