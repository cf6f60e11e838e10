/* command.c - one command to a Kea server: made, sent, and its answer understood.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "kea.h"

static bool contains(struct ipam_str text, const char *part)
{
    size_t len = strlen(part);

    for (size_t i = 0; i + len <= text.len; i++)
        if (memcmp(text.data + i, part, len) == 0)
            return true;
    return false;
}

void kea_answer_fini(struct kea_answer *a)
{
    json_free(a->doc);
    *a = (struct kea_answer){ .doc = NULL };
}

bool kea_is_partial(const struct kea_call *c, int status)
{
    return !c->unreachable && (status == IPAM_E_NOENT || status == IPAM_E_CONN || status == IPAM_E_TIMEOUT ||
                               status == IPAM_E_ACCESS || status == IPAM_E_PROVIDER);
}

static void make_body(const struct kea *k, enum kea_service s, const char *command, struct ipam_str arguments,
                      struct strbuf *out)
{
    struct json_writer w;

    jw_init(&w, out);
    jw_object(&w);
    jw_key(&w, "command");
    jw_text(&w, command);
    if (!k->opt.direct) {
        jw_key(&w, "service");
        jw_array(&w);
        jw_text(&w, kea_service_name(s));
        jw_array_end(&w);
    }
    if (arguments.data) {
        jw_key(&w, "arguments");
        jw_raw(&w, arguments);
    }
    jw_object_end(&w);
}

/* Over HTTP a list of one object is answered, by the agent and by the servers themselves (3.0), over a unix
 * socket the object alone. */
static int understand(struct kea_call *c, const char *where, const char *command, const struct strbuf *text,
                      struct kea_answer *ret)
{
    struct kea_answer a = { .opt = &c->kea->opt };
    struct json_error e;
    const struct json *v;
    int status = json_parse(text->data, text->len, KEA_ANSWER_MAX, &a.doc, &e);

    if (status == IPAM_E_NOMEM)
        return kea_fail(c, status, "%s: out of memory for the answer to %s", where, command);
    if (status)
        return kea_fail(
            c, IPAM_E_PROTO,
            "%s: what answered %s is no Kea: its answer is not JSON (line %u, column %u: %s); see that "
            "the options lead to a Kea server",
            where, command, e.line, e.column, e.message);
    v = json_root(a.doc);
    if (json_type(v) == JSON_ARRAY && json_count(v) == 1)
        v = json_first(v);
    if (json_int(json_get(v, "result"), &a.result)) {
        kea_answer_fini(&a);
        return kea_fail(
            c, IPAM_E_PROTO,
            "%s: what answered %s is no Kea: its answer is JSON without a \"result\"; see that the "
            "options lead to a Kea server",
            where, command);
    }
    a.text = json_str(json_get(v, "text"));
    a.arguments = json_get(v, "arguments");
    if (strcmp(command, "list-commands") == 0 && a.result == KEA_SUCCESS &&
        json_type(a.arguments) != JSON_ARRAY) {
        kea_answer_fini(&a);
        return kea_fail(
            c, IPAM_E_PROTO,
            "%s: it answers list-commands without a list; see that the options lead to a Kea server", where);
    }
    *ret = a;
    return 0;
}

/* The agent's own words about a server it cannot reach (src/bin/agent/ca_command_mgr.cc). */
static int agent_refusal(struct kea_call *c, enum kea_service s, const char *where,
                         const struct kea_answer *a)
{
    char words[401];

    if (c->kea->opt.direct || a->result != KEA_ERROR)
        return 0;
    if (contains(a->text, "forwarding socket is not configured"))
        return kea_fail(
            c, IPAM_E_NOENT,
            "%s: the control agent has no control socket for %s; add one to its control-sockets, or "
            "leave the service out (option services)",
            where, kea_service_name(s));
    if (contains(a->text, "unable to forward command"))
        return kea_fail(c, IPAM_E_CONN,
                        "%s: the control agent does not reach the server: %s; start kea-%s, or leave it out "
                        "(option services)",
                        where, kea_words(a, words), kea_service_name(s));
    return 0;
}

/* Sends it; 0: `in` has the whole answer. ret_sent as kea_command, or NULL. */
static int fetch(struct kea_call *c, enum kea_service s, const char *command, struct ipam_str arguments,
                 struct kea_incoming *in, bool *ret_sent)
{
    struct strbuf body;
    char where[400];
    bool sent = false;
    int status;

    kea_where(c->kea, s, where, sizeof(where));
    c->native[0] = '\0';
    strbuf_init(&body, KEA_ANSWER_MAX);
    make_body(c->kea, s, command, arguments, &body);
    if (body.failed)
        status = kea_fail(c, IPAM_E_NOMEM, "%s: %s is too large to be sent", where, command);
    else if (c->kea->opt.socket[s][0])
        status = kea_unix_exchange(c, s, command, strbuf_str(&body), in, &sent);
    else
        status = kea_http_exchange(c, s, command, strbuf_str(&body), in, ret_sent ? &sent : NULL);
    strbuf_fini(&body);
    c->unreachable = !c->kea->opt.direct && status == IPAM_E_CONN;
    if (ret_sent)
        *ret_sent = sent;
    return status;
}

static int take_in(struct kea_call *c, enum kea_service s, const char *command, const struct strbuf *text,
                   struct kea_answer *ret)
{
    struct kea_answer a = { .doc = NULL };
    char where[400];
    int status;

    kea_where(c->kea, s, where, sizeof(where));
    status = understand(c, where, command, text, &a);
    if (status == 0)
        status = agent_refusal(c, s, where, &a);
    if (status)
        kea_answer_fini(&a);
    else
        *ret = a;
    return status;
}

int kea_command(struct kea_call *c, enum kea_service s, const char *command, struct ipam_str arguments,
                struct kea_answer *ret, bool *ret_sent)
{
    struct kea_incoming in;
    int status;

    kea_incoming_init(&in);
    status = fetch(c, s, command, arguments, &in, ret_sent);
    if (status == 0)
        status = take_in(c, s, command, &in.text, ret);
    kea_incoming_fini(&in);
    if (ret_sent)
        *ret_sent = *ret_sent && status != IPAM_E_NOENT && status != IPAM_E_AUTH;
    return status;
}

/* What an operator can do about a command that is not known. */
static const char *command_comes_with(const char *command)
{
    static const struct {
        const char *part, *remedy;
    } sources[] = {
        { "stat-", "add the hook library libdhcp_stat_cmds.so to hooks-libraries" },
        { "lease", "add the hook library libdhcp_lease_cmds.so to hooks-libraries" },
        { "reservation-", "add the hook library libdhcp_host_cmds.so to hooks-libraries" },
        { "subnet", "add the hook library libdhcp_subnet_cmds.so to hooks-libraries" },
        { "network", "add the hook library libdhcp_subnet_cmds.so to hooks-libraries" },
        { "class-", "add the hook library libdhcp_class_cmds.so to hooks-libraries" },
        { "ha-", "add the hook library libdhcp_ha.so to hooks-libraries" },
    };

    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
        if (strncmp(command, sources[i].part, strlen(sources[i].part)) == 0)
            return sources[i].remedy;
    return "see that the options lead to a Kea server of version 2.2 or later";
}

/* The answer when it is a good one; else it is freed. */
static int judge(struct kea_call *c, enum kea_service s, const char *command, struct kea_answer *a,
                 struct kea_answer *ret)
{
    char where[400], words[401];
    int status;

    if (a->result == KEA_SUCCESS || a->result == KEA_EMPTY) {
        *ret = *a;
        return 0;
    }
    kea_where(c->kea, s, where, sizeof(where));
    snprintf(c->native, sizeof(c->native), "result %lld", (long long)a->result);
    if (a->result == KEA_UNSUPPORTED)
        status = kea_fail(c, IPAM_E_UNSUPPORTED, "%s does not know the command %s; %s", where, command,
                          command_comes_with(command));
    else
        status = kea_fail(c, IPAM_E_PROVIDER, "%s refused %s: %s; see the log of the server", where, command,
                          kea_words(a, words));
    kea_answer_fini(a);
    return status;
}

int kea_ask(struct kea_call *c, enum kea_service s, const char *command, struct ipam_str arguments,
            struct kea_answer *ret)
{
    struct kea_answer a;
    int status = kea_command(c, s, command, arguments, &a, NULL);

    return status ? status : judge(c, s, command, &a, ret);
}

int kea_fetch(struct kea_call *c, enum kea_service s, const char *command, struct kea_incoming *in)
{
    return fetch(c, s, command, (struct ipam_str){ NULL, 0 }, in, NULL);
}

int kea_take(struct kea_call *c, enum kea_service s, const char *command, const struct strbuf *text,
             struct kea_answer *ret)
{
    struct kea_answer a;
    int status = take_in(c, s, command, text, &a);

    return status ? status : judge(c, s, command, &a, ret);
}
