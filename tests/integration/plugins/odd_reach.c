/* odd_reach.c - a reach provider that answers, holds on, fails or ends, as its profile says.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Each call is a line of the file `journal`: the addresses it was asked for. While there is the file `hold`, calls wait.
 * Addresses of `answer` answer, all others are silent and have no name. Faults: "error" ends a call with an error,
 * "silent" with nothing said, "failed" says of each address that it cannot be asked, "other" tells of an address that
 * was not asked for, "hang" never ends, "crash" ends the process, "stray" tries to reach others, and tells as its error
 * what came of it. Built by the tests: NAME is the plugin's name. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <ipam/plugin.h>

struct odd {
    struct ipam_inst *inst;
    const struct ipam_host *host;
    char journal[512], hold[512], fault[32];
    struct ipam_strs answer;
};

static void text_option(const struct odd *o, const char *name, char *buf, size_t size)
{
    struct ipam_str s = { NULL, 0 };

    if (o->host->option_text(o->inst, name, &s) == 0)
        snprintf(buf, size, "%.*s", (int)s.len, s.data);
}

static int is(const struct odd *o, const char *fault)
{
    return strcmp(o->fault, fault) == 0;
}

static void print(const struct ipam_addr *a, char text[INET6_ADDRSTRLEN])
{
    inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->bytes, text, INET6_ADDRSTRLEN);
}

static void note(const struct odd *o, const struct ipam_reach *args)
{
    char line[8192] = "", text[INET6_ADDRSTRLEN];
    size_t at = 0;
    int fd = open(o->journal, O_WRONLY | O_APPEND | O_CLOEXEC);

    for (size_t i = 0; i < args->addresses.count && at < sizeof(line) - INET6_ADDRSTRLEN - 2; i++) {
        print(&args->addresses.items[i], text);
        at += (size_t)snprintf(line + at, sizeof(line) - at, "%s%s", i > 0 ? " " : "", text);
    }
    line[at++] = '\n';
    if (fd >= 0 && write(fd, line, at) < 0)
        line[0] = '\0';
    if (fd >= 0)
        close(fd);
}

/* 0, or IPAM_E_CANCELED. */
static int32_t wait_for_release(const struct odd *o, struct ipam_req *req)
{
    const struct timespec nap = { 0, 5000000 };

    while (o->hold[0] && access(o->hold, F_OK) == 0) {
        if (o->host->cancelled(req))
            return IPAM_E_CANCELED;
        nanosleep(&nap, NULL);
    }
    return IPAM_OK;
}

static int answers(const struct odd *o, const struct ipam_addr *a)
{
    char text[INET6_ADDRSTRLEN];

    print(a, text);
    for (size_t i = 0; i < o->answer.count; i++)
        if (o->answer.items[i].len == strlen(text) &&
            memcmp(o->answer.items[i].data, text, strlen(text)) == 0)
            return 1;
    return 0;
}

static int32_t tell(const struct odd *o, struct ipam_req *req, const struct ipam_addr *a, int64_t method)
{
    struct ipam_reached row = {
        .size = sizeof(row), .type = IPAM_T_REACHED, .address = *a, .method = method
    };
    static const char why[] = "odd: this address cannot be asked";

    if (is(o, "other"))
        row.address.bytes[0] ^= 1;
    row.state = is(o, "failed")            ? IPAM_REACHED_STATE_FAILED
                : answers(o, a)            ? IPAM_REACHED_STATE_ANSWERED
                : method == IPAM_REACH_DNS ? IPAM_REACHED_STATE_REFUSED
                                           : IPAM_REACHED_STATE_SILENT;
    IPAM_SET_FIELD(&row, IPAM_REACHED_ADDRESS);
    IPAM_SET_FIELD(&row, IPAM_REACHED_METHOD);
    IPAM_SET_FIELD(&row, IPAM_REACHED_STATE);
    if (is(o, "failed")) {
        row.message = (struct ipam_str){ why, sizeof(why) - 1 };
        IPAM_SET_FIELD(&row, IPAM_REACHED_MESSAGE);
    }
    return o->host->emit(req, (const struct ipam_record *)&row);
}

static int32_t tell_all(const struct odd *o, struct ipam_req *req, const struct ipam_reach *args)
{
    int32_t status = IPAM_OK;

    for (size_t i = 0; i < args->addresses.count && status == IPAM_OK && !is(o, "silent"); i++)
        for (int64_t method = IPAM_REACH_PING; method <= IPAM_REACH_DNS && status == IPAM_OK; method <<= 1)
            if (args->methods & method)
                status = tell(o, req, &args->addresses.items[i], method);
    return status;
}

static void done(const struct odd *o, struct ipam_req *req, int32_t status, const char *why)
{
    struct ipam_outcome info = { .size = sizeof(info), .type = IPAM_T_OUTCOME };

    info.message = (struct ipam_str){ why, strlen(why) };
    IPAM_SET_FIELD(&info, IPAM_OUTCOME_MESSAGE);
    o->host->done(req, status, &info);
}

/* 0, or the errno: one packet to an address, by a socket of that kind. */
static int send_to(const struct ipam_addr *a, int protocol, int connects)
{
    static const char echo[16] = { 8 }, echo6[16] = { (char)128 };
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(9) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(9) };
    const struct sockaddr *to = a->family == 4 ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6;
    socklen_t len = a->family == 4 ? sizeof(v4) : sizeof(v6);
    int fd = socket(a->family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, protocol), error = 0;

    memcpy(&v4.sin_addr, a->bytes, 4);
    memcpy(&v6.sin6_addr, a->bytes, 16);
    if (fd < 0 || (connects ? connect(fd, to, len) < 0
                            : sendto(fd, a->family == 4 ? echo : echo6, sizeof(echo), 0, to, len) < 0))
        error = errno;
    if (fd >= 0)
        close(fd);
    return error;
}

static void stray(const struct odd *o, struct ipam_req *req, const struct ipam_addr *asked)
{
    int echo = asked->family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
    struct ipam_addr other = { .family = asked->family };
    char text[128];

    if (asked->family == 4)
        memcpy(other.bytes, (unsigned char[]){ 127, 0, 0, 1 }, 4);
    else
        other.bytes[15] = 1;
    snprintf(text, sizeof(text), "asked %d, other %d, connected %d, udp %d", send_to(asked, echo, 0),
             send_to(&other, echo, 0), send_to(asked, echo, 1), send_to(asked, 0, 0));
    done(o, req, IPAM_E_IO, text);
}

static void odd_reach(void *ctx, struct ipam_req *req, const struct ipam_reach *args)
{
    const struct odd *o = ctx;
    int32_t status;

    note(o, args);
    if (is(o, "crash"))
        abort();
    while (is(o, "hang"))
        pause();
    if (is(o, "stray")) {
        stray(o, req, &args->addresses.items[0]);
        return;
    }
    status = wait_for_release(o, req);
    if (status == IPAM_OK)
        status = is(o, "error") ? IPAM_E_IO : tell_all(o, req, args);
    done(o, req, status, status == IPAM_OK ? "" : "odd: it went wrong on purpose");
}

static void odd_probe(void *ctx, struct ipam_req *req)
{
    done(ctx, req, IPAM_OK, "");
}

static void odd_close(void *ctx)
{
    free(ctx);
}

static int32_t odd_open(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx)
{
    struct odd *o = calloc(1, sizeof(*o));

    if (o == NULL)
        return IPAM_E_NOMEM;
    o->inst = inst;
    o->host = host;
    text_option(o, "journal", o->journal, sizeof(o->journal));
    text_option(o, "hold", o->hold, sizeof(o->hold));
    text_option(o, "fault", o->fault, sizeof(o->fault));
    if (host->option_list(inst, "answer", &o->answer) != 0)
        o->answer = (struct ipam_strs){ NULL, 0 };
    *ret_ctx = o;
    return IPAM_OK;
}

static const struct ipam_option
    journal = { sizeof(journal), IPAM_OPT_PATH, 0, "journal", NULL, 0, 0, NULL, "calls" },
    hold = { sizeof(hold), IPAM_OPT_PATH, 0, "hold", NULL, 0, 0, NULL, "calls wait" },
    fault = { sizeof(fault), IPAM_OPT_TEXT, 0, "fault", NULL, 0, 0, NULL, "what" },
    answer = { sizeof(answer), IPAM_OPT_LIST, 0, "answer", NULL, 0, 1000, NULL, "who" };
static const struct ipam_option *const options[] = { &journal, &hold, &fault, &answer, NULL };

static const struct ipam_reach_ops ops = {
    .common = { .size = sizeof(ops),
                .thread_model = IPAM_THREAD_PARALLEL,
                .capabilities = IPAM_REACH_PING | IPAM_REACH_DNS,
                .open = odd_open,
                .close = odd_close,
                .probe = odd_probe },
    .reach = odd_reach,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    static const struct ipam_plugin plugin = { .size = sizeof(plugin),
                                               .abi = IPAM_ABI,
                                               .name = NAME,
                                               .version = "0.1",
                                               .summary = "answers, holds on, fails or ends",
                                               .options = options,
                                               .reach = &ops };
    return &plugin;
}
