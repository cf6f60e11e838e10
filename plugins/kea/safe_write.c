/* safe_write.c - the steps by which a server gets another configuration without losing the one it has.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Small changes of a server that has the commands of Kea's hooks are made by these (piece_write.c), in the
 * place of config-test and config-set; all else is the same. What follows is of config-set.
 *
 * Kea 2.2 knows no smaller write than config-set of everything, has no compare-and-swap, and its
 * config-set is not atomic: when the lease database cannot be opened it answers an error, shows the
 * former configuration and a healthy status, and leases nothing until the next good config-set
 * (measured). Hence: what was read is kept, every step is verified, a lease command is what tells that
 * clients are served, and the way back is the configuration read before, then the server's own file.
 *
 * All servers of a change are read and tested before the first is touched. */
#include <stdio.h>
#include <string.h>

#include "apply.h"
#include "read.h"

static const struct ipam_str nothing = { NULL, 0 };

/* Whether clients get leases: the lease database answers. */
int kea_serves(struct kea_change *ch, struct kea_part *p)
{
    struct kea_answer answer;
    int status =
        kea_ask(&ch->call, p->service, p->service == KEA_DHCP4 ? "lease4-get-page" : "lease6-get-page",
                IPAM_STR("{\"from\": \"start\", \"limit\": 1}"), &answer);

    if (status == 0)
        kea_answer_fini(&answer);
    return status;
}

void kea_note_shown(struct kea_part *p, const struct kea_running *shown)
{
    memcpy(p->now, shown->digest, sizeof(p->now));
    memcpy(p->now_hash, shown->hash, sizeof(p->now_hash));
}

int kea_look(struct kea_change *ch, struct kea_part *p)
{
    struct kea_running running;
    int status = kea_config_get(&ch->call, p->service, &running);

    if (status == 0) {
        kea_note_shown(p, &running);
        kea_running_fini(&running);
    }
    return status;
}

static int reload(struct kea_change *ch, struct kea_part *p)
{
    struct kea_answer answer;
    int status;

    ch->call.kea->host->step(ch->call.req, "reload");
    status = kea_ask(&ch->call, p->service, "config-reload", nothing, &answer);
    if (status == 0)
        kea_answer_fini(&answer);
    return status ? status : kea_serves(ch, p);
}

static void put_arguments(enum kea_service s, struct ipam_str text, struct strbuf *out)
{
    strbuf_reset(out);
    strbuf_printf(out, "{\"%s\": ", kea_root_key(s));
    strbuf_addstr(out, text);
    strbuf_putc(out, '}');
}

/* Reads what is sent as a stranger's. */
static int parse_sent(struct kea_part *p, char *problem)
{
    struct json_doc *doc = NULL;
    struct json_error e;
    int status = json_parse(p->arguments.data, p->arguments.len, KEA_ANSWER_MAX, &doc, &e);

    if (status)
        snprintf(problem, KEA_PROBLEM_MAX, "%s", e.message);
    else
        status = kea_config_parse(p->service, doc, json_root(doc), &p->sent_cfg, problem);
    if (status == 0)
        p->sent_doc = doc;
    else
        json_free(doc);
    return status;
}

/* The digest of the edited text: what reading back must show. So a bad splice ends here. */
static int digest_wanted(struct kea_change *ch, struct kea_part *p)
{
    char problem[KEA_PROBLEM_MAX] = "";
    int status = parse_sent(p, problem);

    if (status == 0)
        status = kea_config_digest(&p->sent_cfg, p->wanted);
    if (status == 0)
        return 0;
    if (status != IPAM_E_NOMEM && p->wide) /* vendor data can say what it likes */
        return kea_fail(&ch->call, IPAM_E_INVAL,
                        "the edits make a configuration of %s that is none (%s); nothing was sent",
                        kea_service_name(p->service), problem);
    return kea_fail(&ch->call, status == IPAM_E_NOMEM ? status : IPAM_E_BUG,
                    "the edited configuration of %s is not one (%s); nothing was sent; please report this "
                    "with the server's version",
                    kea_service_name(p->service), problem);
}

static int check_editable(struct kea_change *ch, struct kea_part *p, const char *where)
{
    struct ipam_str text = json_span(p->former.cfg.doc, p->former.cfg.root);
    const struct json *databases =
        json_get(json_get(p->former.cfg.root, "config-control"), "config-databases");

    if (json_count(databases))
        return kea_fail(&ch->call, IPAM_E_UNSUPPORTED,
                        "%s takes its configuration from a database (config-control): a config-set would "
                        "be undone by it; change the database",
                        where);
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] >= 0x80)
            return kea_fail(&ch->call, IPAM_E_UNSUPPORTED,
                            "%s answers its configuration with raw bytes beyond ASCII, which it would not "
                            "read back as the same; write them as \\u escapes in its file and reload it",
                            where);
    return 0;
}

/* Which members there are, which options Kea defines of itself, and how far its hooks are to be trusted,
 * follow from the version. Reservations are the same in all, and what has no hash has no such hooks. */
static int read_version(struct kea_change *ch, struct kea_part *p)
{
    struct kea_answer answer;
    int status;

    if (!p->wide && !p->former.hash[0])
        return 0;
    status = kea_ask(&ch->call, p->service, "version-get", nothing, &answer);
    if (status)
        return status;
    p->version = kea_version_of(answer.text);
    kea_answer_fini(&answer);
    return 0;
}

/* Takes the text that is the whole configuration. What a server has already is not sent again. */
static int replace(struct kea_change *ch, struct kea_part *p)
{
    char problem[KEA_PROBLEM_MAX] = "";
    int status = kea_config_whole(p->edits, p->count, &p->arguments, problem);

    if (status)
        return kea_fail(&ch->call, status, "the configuration of %s cannot be sent: %s",
                        kea_service_name(p->service), problem[0] ? problem : "it is too large");
    status = digest_wanted(ch, p);
    if (status == 0 && strcmp(p->wanted, p->former.digest) == 0)
        strbuf_reset(&p->arguments);
    return status;
}

/* Makes the edits in the text. */
static int edit(struct kea_change *ch, struct kea_part *p)
{
    struct ipam_str text = nothing;
    int status = read_version(ch, p);

    if (status)
        return status;
    status = kea_config_edit(&p->former.cfg, p->wide ? p->version : 0, p->edits, p->count, &text);

    if (status == IPAM_E_NOMEM)
        return kea_fail(&ch->call, status, "out of memory for the edited configuration");
    for (size_t i = 0; i < p->count && status; i++)
        if (p->edits[i]->status)
            return kea_fail(&ch->call, p->edits[i]->status, "%s", p->edits[i]->problem);
    if (status == 0 && p->wide && !(ch->flags & IPAM_APPLY_FORCE))
        status = kea_check_leases(ch, p);
    if (status || !text.data)
        return status;
    put_arguments(p->service, text, &p->arguments);
    if (p->arguments.failed)
        return kea_fail(&ch->call, IPAM_E_TOOBIG, "the edited configuration is larger than %u MiB",
                        KEA_ANSWER_MAX >> 20);
    status = digest_wanted(ch, p);
    return status ? status : kea_choose_way(ch, p);
}

static int step_read(struct kea_change *ch, struct kea_part *p)
{
    char where[400];
    int status = kea_serves(ch, p);

    kea_where(ch->call.kea, p->service, where, sizeof(where));
    if (status == IPAM_E_PROVIDER && (ch->flags & IPAM_APPLY_RESUME))
        status = reload(ch, p);
    if (status == IPAM_E_PROVIDER) {
        char cause[600];

        snprintf(cause, sizeof(cause), "%.599s", ch->call.message);
        return kea_fail(
            &ch->call, status,
            "%s leases nothing now, so nothing was changed (%s); correct its lease-database and reload it "
            "(config-reload)",
            where, cause);
    }
    if (status == 0)
        status = kea_config_get(&ch->call, p->service, &p->former);
    if (status == IPAM_E_NOENT) /* the server is not there, which is not that an object is not */
        status = IPAM_E_CONN;
    if (status)
        return status;
    kea_note_shown(p, &p->former);
    status = check_editable(ch, p, where);
    if (status)
        return status;
    return p->whole ? replace(ch, p) : edit(ch, p);
}

static int step_compare(struct kea_change *ch, struct kea_part *p)
{
    if (str_is(kea_token_part(ch->token, p->service), p->former.digest))
        return 0;
    return kea_fail(&ch->call, IPAM_E_CHANGED,
                    "the configuration of %s is not the one this change was planned on; nothing was changed; "
                    "collect it again",
                    kea_service_name(p->service));
}

/* True when Kea's words hold `part`, not as a piece of a longer address or identifier. */
static bool speak_of(const char *words, const char *part)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    size_t len = strlen(part);

    for (const char *at = words; len && (at = strstr(at, part)); at++) {
        const char *after = at + len;
        bool begins = at == words || !strchr("0123456789abcdefABCDEF:.", at[-1]);
        bool ends = *after == '\0' || (!strchr(digits, *after) && ((*after != '.' && *after != ':') ||
                                                                   !after[1] || !strchr(digits, after[1])));

        if (begins && ends)
            return true;
    }
    return false;
}

/* The one edit whose address, or else whose client or name, the words tell; NULL when that cannot be
 * told. */
static struct kea_edit *find_culprit(struct kea_part *p, const char *words, bool by_address)
{
    struct kea_edit *found = NULL;

    for (size_t i = 0; i < p->count; i++) {
        char text[KEA_WORD_MAX];

        kea_edit_word(p->edits[i], by_address, text);
        if (!speak_of(words, text))
            continue;
        if (found)
            return NULL;
        found = p->edits[i];
    }
    return found;
}

int kea_refused(struct kea_change *ch, struct kea_part *p, const char *command, struct ipam_str arguments,
                const struct kea_answer *answer)
{
    char where[400];

    kea_where(ch->call.kea, p->service, where, sizeof(where));
    kea_words(answer, ch->words);
    snprintf(ch->call.native, sizeof(ch->call.native), "result %lld", (long long)answer->result);
    ch->culprit = p->count == 1 ? p->edits[0] : NULL;
    for (int by_address = 1; by_address >= 0 && !ch->culprit && !p->whole; by_address--)
        ch->culprit = find_culprit(p, ch->words, by_address);
    for (int by_address = 1; by_address >= 0 && !ch->culprit && !p->whole && arguments.len; by_address--)
        ch->culprit = find_culprit(p, arguments.data, by_address);
    return kea_fail(&ch->call, IPAM_E_REFUSED, "%s refused the change (%s): %s", where, command, ch->words);
}

static int step_test(struct kea_change *ch, struct kea_part *p)
{
    struct kea_answer answer;
    int status = kea_command(&ch->call, p->service, "config-test", strbuf_str(&p->arguments), &answer, NULL);

    if (status)
        return status;
    if (answer.result != KEA_SUCCESS)
        status = kea_refused(ch, p, "config-test", nothing, &answer);
    kea_answer_fini(&answer);
    return status;
}

static int step_reread(struct kea_change *ch, struct kea_part *p)
{
    char hash[KEA_HASH_TEXT] = "";
    int status = p->former.hash[0] ? kea_hash_get(&ch->call, p->service, hash) : 0;

    if (status == 0 && hash[0] && strcmp(hash, p->former.hash) == 0)
        return 0;
    status = status ? status : kea_look(ch, p);
    if (status || strcmp(p->now, p->former.digest) == 0)
        return status;
    return kea_fail(&ch->call, IPAM_E_CHANGED,
                    "somebody else changed the configuration of %s meanwhile; nothing was changed by this "
                    "call; collect it again",
                    kea_service_name(p->service));
}

/* A server that leases nothing is worse than a late answer. */
int kea_begin(struct kea_change *ch, const char *command)
{
    if (!ch->call.steady && (kea_stopped(&ch->call) || kea_patience(&ch->call) == 0))
        return kea_fail(&ch->call, kea_stopped(&ch->call) ? IPAM_E_CANCELED : IPAM_E_TIMEOUT,
                        "the time for this change was over before %s; nothing was changed", command);
    ch->call.steady = true;
    return 0;
}

static int step_set(struct kea_change *ch, struct kea_part *p)
{
    struct kea_answer answer;
    int status = kea_begin(ch, "config-set");

    if (status)
        return status;
    status = kea_command(&ch->call, p->service, "config-set", strbuf_str(&p->arguments), &answer, &p->sent);
    p->lost = status && p->sent;
    if (p->lost) { /* reading back tells whether it was done */
        snprintf(p->cause, sizeof(p->cause), "%.399s", ch->call.message);
        return 0;
    }
    if (status)
        return status;
    if (answer.result != KEA_SUCCESS)
        status = kea_refused(ch, p, "config-set", nothing, &answer);
    kea_answer_fini(&answer);
    return status;
}

/* What the hooks refuse, config-set may take: a class that depends on another, for instance. */
static int step_pieces(struct kea_change *ch, struct kea_part *p)
{
    static const struct {
        const char *name;
        int (*run)(struct kea_change *, struct kea_part *);
    } whole[] = { { "config-test", step_test }, { "re-read", step_reread }, { "config-set", step_set } };
    bool back = false;
    int status = kea_write_pieces(ch, p, &back);

    if (!back)
        return status;
    p->by_pieces = p->sent = false;
    ch->culprit = NULL;
    ch->words[0] = ch->call.message[0] = ch->call.native[0] = '\0';
    status = 0;
    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]) && status == 0; i++) {
        ch->call.kea->host->step(ch->call.req, whole[i].name);
        status = whole[i].run(ch, p);
    }
    return status;
}

/* Whether the server shows what it was sent. What it adds of itself is no difference. */
static bool is_as_sent(const struct kea_part *p, const struct kea_running *shown, char *problem)
{
    return strcmp(shown->digest, p->wanted) == 0 ||
           (p->wide && kea_config_agrees(&p->former.cfg, &p->sent_cfg, &shown->cfg, problem));
}

static int step_read_back(struct kea_change *ch, struct kea_part *p)
{
    struct kea_running shown;
    char problem[KEA_PROBLEM_MAX] = "";
    bool same;
    int status = kea_config_get(&ch->call, p->service, &shown);

    if (status)
        return status;
    kea_note_shown(p, &shown);
    same = is_as_sent(p, &shown, problem);
    kea_running_fini(&shown);
    if (same)
        return 0;
    if (p->lost)
        return kea_fail(&ch->call, IPAM_E_CONN,
                        "%s gave no answer to config-set that says what became of it, and does not show the "
                        "change (%s)",
                        kea_service_name(p->service), p->cause);
    p->written = true; /* by whoever else writes, with the change in it */
    return kea_fail(&ch->call, IPAM_E_REFUSED,
                    "%s accepted %s but shows another configuration than was sent: it keeps some value "
                    "differently, or somebody else writes at the same time%s%s",
                    kea_service_name(p->service), p->by_pieces ? "the commands" : "config-set",
                    problem[0] ? ": " : "", problem);
}

static int step_lease(struct kea_change *ch, struct kea_part *p)
{
    return kea_serves(ch, p);
}

static int step_write(struct kea_change *ch, struct kea_part *p)
{
    struct kea_answer answer;
    char where[400], words[401];
    bool sent;
    int status = kea_command(&ch->call, p->service, "config-write", nothing, &answer, &sent);

    p->written = p->written || sent;
    if (status && sent) /* once more does no harm */
        status = kea_command(&ch->call, p->service, "config-write", nothing, &answer, &sent);
    if (status)
        return status;
    if (answer.result != KEA_SUCCESS) {
        p->unwritable = true;
        kea_where(ch->call.kea, p->service, where, sizeof(where));
        status =
            kea_fail(&ch->call, IPAM_E_REFUSED,
                     "%s could not save its configuration, so the change would not outlive a restart: %s; "
                     "make its configuration file writable for it",
                     where, kea_words(&answer, words));
        snprintf(ch->words, sizeof(ch->words), "%s", words);
    }
    kea_answer_fini(&answer);
    return status;
}

#define WHEN_PLANNED 1u  /* not when an interrupted call is resumed */
#define WHEN_CHANGES 2u  /* only when the text differs */
#define WHEN_SAVED   4u  /* when the text differs, and when an interrupted call may not have saved it */
#define WHEN_MEANT   8u  /* not when the change is only examined */
#define WHEN_WHOLE   16u /* when it is made by config-set */
#define WHEN_PIECES  32u /* when it is made by commands of the hooks, which say their own names */

/* Every server goes through a phase before the next phase begins. */
static const struct step {
    const char *name;
    int (*run)(struct kea_change *, struct kea_part *);
    unsigned phase, when;
} steps[] = {
    { "read", step_read, 0, 0 },
    { "compare", step_compare, 0, WHEN_PLANNED },
    { "config-test", step_test, 0, WHEN_CHANGES | WHEN_WHOLE },
    { "re-read", step_reread, 1, WHEN_CHANGES | WHEN_MEANT },
    { "config-set", step_set, 2, WHEN_CHANGES | WHEN_MEANT | WHEN_WHOLE },
    { NULL, step_pieces, 2, WHEN_CHANGES | WHEN_MEANT | WHEN_PIECES },
    { "read-back", step_read_back, 2, WHEN_CHANGES | WHEN_MEANT },
    { "lease-command", step_lease, 2, WHEN_CHANGES | WHEN_MEANT },
    { "config-write", step_write, 3, WHEN_SAVED | WHEN_MEANT },
};
#define STEPS  (sizeof(steps) / sizeof(steps[0]))
#define PHASES 4

static bool applies(const struct kea_change *ch, const struct kea_part *p, const struct step *s)
{
    bool changes = p->arguments.len > 0, resumes = ch->flags & IPAM_APPLY_RESUME;

    return p->count && !((s->when & WHEN_PLANNED) && resumes) && !((s->when & WHEN_CHANGES) && !changes) &&
           !((s->when & WHEN_SAVED) && !changes && !resumes) &&
           !((s->when & WHEN_MEANT) && (ch->flags & IPAM_APPLY_CHECK)) &&
           !((s->when & WHEN_WHOLE) && p->by_pieces) && !((s->when & WHEN_PIECES) && !p->by_pieces);
}

/* Sends the configuration read before; 0: it is in effect and clients are served. */
static int send_former(struct kea_change *ch, struct kea_part *p)
{
    struct kea_answer answer;
    struct strbuf arguments;
    int status;

    strbuf_init(&arguments, KEA_ANSWER_MAX + 64);
    put_arguments(p->service, json_span(p->former.cfg.doc, p->former.cfg.root), &arguments);
    status = kea_ask(&ch->call, p->service, "config-set", strbuf_str(&arguments), &answer);
    if (status == 0)
        kea_answer_fini(&answer);
    strbuf_fini(&arguments);
    return status ? status : kea_serves(ch, p);
}

/* By the text that was read, else by the server's own file. */
static int restore_whole(struct kea_change *ch, struct kea_part *p)
{
    int status = send_former(ch, p);

    p->reloaded = status && status != IPAM_E_CONN && status != IPAM_E_TIMEOUT;
    if (p->reloaded)
        status = reload(ch, p);
    if (status)
        return status;
    status = kea_look(ch, p);
    if (status == 0 && strcmp(p->now, p->former.digest) != 0)
        status = kea_fail(&ch->call, IPAM_E_UNKNOWN,
                          "%s runs with the configuration of its file, which is not the one it had before",
                          kea_service_name(p->service));
    return status;
}

/* A server that could not write its file once can hardly do so now: the attempt alone is owed. */
static int save_former(struct kea_change *ch, struct kea_part *p)
{
    struct kea_answer answer;
    int status = kea_ask(&ch->call, p->service, "config-write", nothing, &answer);

    if (status == 0)
        kea_answer_fini(&answer);
    return status == IPAM_E_PROVIDER && p->unwritable ? 0 : status;
}

/* 0: the server is as it was before the call. Otherwise the call's message says how it is. */
static int restore(struct kea_change *ch, struct kea_part *p)
{
    int status;

    ch->call.kea->host->step(ch->call.req, "roll-back");
    status = p->by_pieces ? kea_take_back_pieces(ch, p) : IPAM_E_UNSUPPORTED;
    if (status)
        status = restore_whole(ch, p);
    return status == 0 && p->written ? save_former(ch, p) : status;
}

/* Undoes what was sent, last first, and says how everything stands. */
static int roll_back(struct kea_change *ch, int cause)
{
    char native[sizeof(ch->call.native)], first[600], second[300] = "";
    bool touched = false, written = false, whole = false, reloaded = false;
    int status = 0;

    snprintf(native, sizeof(native), "%s", ch->call.native);
    snprintf(first, sizeof(first), "%.599s", ch->call.message);
    for (int s = KEA_SERVICES - 1; s >= 0; s--) {
        int failed;

        if (!ch->parts[s].sent)
            continue;
        touched = true;
        whole = whole || !ch->parts[s].by_pieces;
        written = written || ch->parts[s].written;
        failed = restore(ch, &ch->parts[s]);
        reloaded = reloaded || ch->parts[s].reloaded;
        if (failed)
            snprintf(second, sizeof(second), "%.299s", ch->call.message);
        status = failed ? failed : status;
    }
    if (!touched)
        return cause;
    snprintf(ch->call.native, sizeof(ch->call.native), "%s", native);
    ch->words[0] = '\0'; /* they alone no longer tell how everything stands */
    if (status == IPAM_E_CONN)
        return kea_fail(
            &ch->call, IPAM_E_UNKNOWN,
            "%s. The server went away before the change was complete; started again, it runs with its "
            "own file, which %s the change",
            first, written ? "may have" : "does not have");
    if (status)
        return kea_fail(&ch->call, IPAM_E_UNKNOWN,
                        "%s. The former configuration could not be restored: %s. See now whether the server "
                        "leases; its own file is the way back (config-reload, or a restart)",
                        first, second);
    kea_fail(&ch->call, 0, "%s. %s in effect: nothing was changed", first,
             reloaded ? "The former configuration was loaded again from the server's own file and is"
             : whole  ? "The former configuration was sent again and is"
                      : "What was made was taken back, and the former configuration is");
    /* The connection's trouble may pass; anything else would come again. */
    return cause == IPAM_E_CONN || cause == IPAM_E_TIMEOUT ? cause : IPAM_E_REFUSED;
}

int kea_safe_write(struct kea_change *ch)
{
    for (unsigned phase = 0; phase < PHASES; phase++)
        for (enum kea_service s = 0; s < KEA_SERVICES; s++)
            for (const struct step *step = steps; step < steps + STEPS; step++) {
                int status;

                if (step->phase != phase || !applies(ch, &ch->parts[s], step))
                    continue;
                if (step->name)
                    ch->call.kea->host->step(ch->call.req, step->name);
                status = step->run(ch, &ch->parts[s]);
                if (status)
                    return roll_back(ch, status);
            }
    return 0;
}
