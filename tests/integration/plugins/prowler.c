/* prowler.c - a DHCP provider that tries every way out: to a server that is none of its own, when its
 * leases are read. Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Built by the tests. An instance's server has a listener for TCP and one for UDP at `port`, and so has
 * `foreign`. What each way came to goes to the log, as WAY=ERRNO. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <ipam/plugin.h>

#define ASKED      4 /* the descriptor by which its doorman is asked */
#define RACES      300
#define MPTCP      262
#define SOURCE     "\x83\x07\x04\x7f\x00\x00\x02" /* loose source route by 127.0.0.2 */
#define RATE_TRIES 2000

struct server {
    struct ipam_inst *inst;
    const struct ipam_host *host;
    struct sockaddr_in own, foreign;
    char path[108];
};

static char told[4096];

static void tell(const char *way, long rc)
{
    size_t at = strlen(told);

    snprintf(told + at, sizeof(told) - at, "%s=%d ", way, rc < 0 ? errno : 0);
}

static int tcp(void)
{
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int udp(void)
{
    return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static long try_connect(int fd, const void *address, socklen_t len)
{
    long rc = fd < 0 ? -1 : connect(fd, address, len);
    int error = errno;

    if (fd >= 0)
        close(fd);
    errno = error;
    return rc;
}

static struct sockaddr_in6 mapped(const struct sockaddr_in *a)
{
    struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = a->sin_port };

    six.sin6_addr.s6_addr[10] = six.sin6_addr.s6_addr[11] = 0xff;
    memcpy(six.sin6_addr.s6_addr + 12, &a->sin_addr, 4);
    return six;
}

/* --- what its servers may hear --- */

static void talk(const char *way, int fd, const struct sockaddr_in *to)
{
    char heard[8] = "";
    long rc = fd < 0 ? -1 : connect(fd, (const struct sockaddr *)to, sizeof(*to));

    if (rc == 0)
        rc = send(fd, "own", 3, MSG_NOSIGNAL) == 3 && recv(fd, heard, sizeof(heard), 0) == 3 ? 0 : -1;
    tell(way, rc);
    close(fd);
}

/* Connects and closes, for the cost. */
static void measure(const struct sockaddr_in *to)
{
    struct timespec from, until;
    size_t at;

    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int i = 0; i < RATE_TRIES; i++)
        try_connect(udp(), to, sizeof(*to));
    clock_gettime(CLOCK_MONOTONIC, &until);
    at = strlen(told);
    snprintf(told + at, sizeof(told) - at, "ns-per-connect=%lld ",
             (long long)((until.tv_sec - from.tv_sec) * 1000000000LL + until.tv_nsec - from.tv_nsec) /
                 RATE_TRIES);
}

/* --- ways to name an address --- */

static void send_by_each_call(const char *whose, const struct sockaddr_in *to)
{
    char way[32];
    struct iovec two[2] = { { (void *)whose, 1 }, { (void *)"wn", 2 } };
    struct mmsghdr many[2] = { 0 };
    int fd = udp();

    snprintf(way, sizeof(way), "sendto-%s", whose);
    tell(way, sendto(fd, "own", 3, 0, (const struct sockaddr *)to, sizeof(*to)));
    for (int i = 0; i < 2; i++)
        many[i].msg_hdr = (struct msghdr){
            .msg_name = (void *)to, .msg_namelen = sizeof(*to), .msg_iov = two, .msg_iovlen = 2
        };
    snprintf(way, sizeof(way), "sendmsg-%s", whose);
    tell(way, sendmsg(fd, &many[0].msg_hdr, 0));
    snprintf(way, sizeof(way), "sendmmsg-%s", whose);
    tell(way, sendmmsg(fd, many, 2, 0) == 2 ? 0 : -1);
    close(fd);
    fd = tcp();
    snprintf(way, sizeof(way), "fastopen-%s", whose);
    tell(way, sendto(fd, "own", 3, MSG_FASTOPEN, (const struct sockaddr *)to, sizeof(*to)));
    close(fd);
}

static void connect_in_each_way(struct server *s)
{
    struct sockaddr_in6 own = mapped(&s->own), six = mapped(&s->foreign),
                        loop = { .sin6_family = AF_INET6,
                                 .sin6_port = s->own.sin_port,
                                 .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    struct sockaddr_in any = s->own;
    int fd = tcp(), on = 1;

    any.sin_addr.s_addr = 0;
    tell("connect-foreign", try_connect(tcp(), &s->foreign, sizeof(s->foreign)));
    tell("udp-foreign", try_connect(udp(), &s->foreign, sizeof(s->foreign)));
    tell("any-address", try_connect(tcp(), &any, sizeof(any)));
    tell("mapped-own", try_connect(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), &own, sizeof(own)));
    tell("mapped-foreign", try_connect(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), &six, sizeof(six)));
    tell("mapped-udp-foreign",
         try_connect(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), &six, sizeof(six)));
    tell("six-foreign", try_connect(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), &loop, sizeof(loop)));
    setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof(on));
    tell("fastopen-connect-foreign", try_connect(fd, &s->foreign, sizeof(s->foreign)));
    s->foreign.sin_family = AF_UNSPEC; /* which UDP takes for IPv4 */
    fd = udp();
    tell("unspecified-foreign", sendto(fd, "own", 3, 0, (struct sockaddr *)&s->foreign, sizeof(s->foreign)));
    close(fd);
    s->foreign.sin_family = AF_INET;
    send_by_each_call("own", &s->own);
    send_by_each_call("foreign", &s->foreign);
}

/* --- ways around an address --- */

static void lead_packets_elsewhere(void)
{
    struct io_uring_params params = { 0 };
    unsigned char route[24] = { 0, 2, 4, 0 };
    int fd = tcp(), six = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

    tell("source-route", setsockopt(fd, IPPROTO_IP, IP_OPTIONS, SOURCE, sizeof(SOURCE)));
    tell("source-route-high",
         syscall(SYS_setsockopt, fd, UINT64_C(0x100000000), IP_OPTIONS, SOURCE, sizeof(SOURCE)));
    tell("routing-header", setsockopt(six, IPPROTO_IPV6, IPV6_RTHDR, route, sizeof(route)));
    tell("mptcp", socket(AF_INET, SOCK_STREAM, MPTCP));
    tell("sctp", socket(AF_INET, SOCK_SEQPACKET, 0));
    tell("icmp", socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP));
    tell("io-uring", syscall(SYS_io_uring_setup, 1, &params));
    tell("listen", listen(fd, 1));
    tell("accept", accept(fd, NULL, NULL));
    close(fd);
    close(six);
}

/* Were another socket to stand where the doorman's does, sendmsg could name any address. */
static void exchange_the_doorman(const struct sockaddr_in *foreign)
{
    struct iovec iov = { (void *)"own", 3 };
    struct msghdr msg = {
        .msg_name = (void *)foreign, .msg_namelen = sizeof(*foreign), .msg_iov = &iov, .msg_iovlen = 1
    };
    int fd = udp();

    tell("close", close(ASKED));
    tell("close-high", syscall(SYS_close, UINT64_C(0x100000000) | ASKED));
    tell("dup2", dup2(fd, ASKED));
    tell("dup2-high", syscall(SYS_dup2, fd, UINT64_C(0x100000000) | ASKED));
    tell("dup3", dup3(fd, ASKED, 0));
    tell("close-range", close_range(ASKED, ASKED, 0));
    tell("close-all", close_range(0, ~0u, 0));
    tell("close-range-later", close_range(ASKED, ~0u, CLOSE_RANGE_CLOEXEC));
    sendmsg(ASKED, &msg, MSG_NOSIGNAL); /* to the doorman, who makes nothing of it */
    close(fd);
}

/* --- another thread exchanges the address while it is looked at --- */

static struct sockaddr_in moving, by_turns[2];
static atomic_bool stop;

static void *exchange(void *unused)
{
    (void)unused;
    for (unsigned i = 0; !atomic_load(&stop); i++)
        memcpy((void *)&moving.sin_addr, &by_turns[i & 1].sin_addr, sizeof(moving.sin_addr));
    return NULL;
}

static void race(struct server *s)
{
    struct iovec iov = { (void *)"own", 3 };
    struct msghdr msg = {
        .msg_name = &moving, .msg_namelen = sizeof(moving), .msg_iov = &iov, .msg_iovlen = 1
    };
    unsigned passed = 0, astray = 0;
    pthread_t other;
    size_t at;

    moving = by_turns[0] = s->own;
    by_turns[1] = s->foreign;
    atomic_store(&stop, false);
    if (pthread_create(&other, NULL, exchange, NULL) != 0)
        return;
    for (int i = 0; i < RACES; i++) {
        struct sockaddr_in peer = { 0 };
        socklen_t len = sizeof(peer);
        int fd = udp();

        if (connect(fd, (struct sockaddr *)&moving, sizeof(moving)) == 0) {
            passed++;
            getpeername(fd, (struct sockaddr *)&peer, &len);
            astray += peer.sin_addr.s_addr != s->own.sin_addr.s_addr;
        }
        close(fd);
        fd = udp();
        sendmsg(fd, &msg, 0);
        sendto(fd, "own", 3, 0, (struct sockaddr *)&moving, sizeof(moving));
        close(fd);
    }
    atomic_store(&stop, true);
    pthread_join(other, NULL);
    at = strlen(told);
    snprintf(told + at, sizeof(told) - at, "race-passed=%d race-astray=%u ", passed > 0, astray);
}

/* --- other processes --- */

static struct sockaddr_un unix_address(const char *path)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };

    snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
    return a;
}

/* The server at its path hands out a socket that was made outside. */
static int passed_socket(int from)
{
    char byte;
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec iov = { &byte, 1 };
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof(control.room)
    };
    int fd = -1;

    if (recvmsg(from, &msg, MSG_CMSG_CLOEXEC) == 1 && msg.msg_controllen >= CMSG_LEN(sizeof(int)))
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
    return fd;
}

static void use_other_processes(struct server *s)
{
    struct sockaddr_un own = unix_address(s->path), other = unix_address("/run/nobody/here"), abstract = own;
    char beside[120];
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), pass;

    snprintf(beside, sizeof(beside), "%.100s.other", s->path);
    abstract.sun_path[0] = '\0';
    tell("unix-own", connect(fd, (struct sockaddr *)&own, sizeof(own)));
    pass = passed_socket(fd);
    tell("passed", pass);
    tell("passed-foreign", try_connect(pass, &s->foreign, sizeof(s->foreign)));
    close(fd);
    tell("unix-elsewhere", try_connect(socket(AF_UNIX, SOCK_STREAM, 0), &other, sizeof(other)));
    other = unix_address(beside);
    tell("unix-beside", try_connect(socket(AF_UNIX, SOCK_STREAM, 0), &other, sizeof(other)));
    tell("unix-abstract", try_connect(socket(AF_UNIX, SOCK_STREAM, 0), &abstract, sizeof(abstract)));
}

static void look_up(void)
{
    struct addrinfo *list = NULL;
    int rc = getaddrinfo("localhost", "80", NULL, &list);

    tell("localhost", rc == 0 ? 0 : -1);
    if (list)
        freeaddrinfo(list);
}

static void prowl(struct server *s)
{
    told[0] = '\0';
    talk("connect-own", tcp(), &s->own);
    talk("udp-own", udp(), &s->own);
    connect_in_each_way(s);
    s->host->log(s->inst, 5, "prowler-addresses", told);
    told[0] = '\0';
    lead_packets_elsewhere();
    exchange_the_doorman(&s->foreign);
    race(s);
    use_other_processes(s);
    look_up();
    talk("connect-own-again", tcp(), &s->own);
    measure(&s->own);
    s->host->log(s->inst, 5, "prowler-around", told);
}

/* --- the plugin --- */

/* Nothing is there, and that is all. */
static void finish(const struct server *s, struct ipam_req *req)
{
    struct ipam_outcome outcome = { .size = sizeof(outcome), .type = IPAM_T_OUTCOME };

    outcome.flags = IPAM_DONE_COMPLETE;
    outcome.token = (struct ipam_str){ "1", 1 };
    IPAM_SET_FIELD(&outcome, IPAM_OUTCOME_FLAGS);
    IPAM_SET_FIELD(&outcome, IPAM_OUTCOME_TOKEN);
    s->host->done(req, 0, (const struct ipam_outcome *)&outcome);
}

static void server_probe(void *ctx, struct ipam_req *req)
{
    finish(ctx, req);
}

static void server_read_config(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    (void)args;
    finish(ctx, req);
}

static void server_read_leases(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    (void)args;
    prowl(ctx);
    finish(ctx, req);
}

static int32_t read_address(struct server *s, const char *name, int64_t port, struct sockaddr_in *ret)
{
    struct ipam_addr a;
    int32_t status = s->host->option_addr(s->inst, name, &a);

    *ret = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    if (status == 0)
        memcpy(&ret->sin_addr, a.bytes, 4);
    return status;
}

static int32_t server_open(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx)
{
    struct server *s = calloc(1, sizeof(*s));
    struct ipam_str path;
    int64_t port;
    int32_t status;

    if (s == NULL)
        return IPAM_E_NOMEM;
    s->inst = inst;
    s->host = host;
    status = host->option_int(inst, "port", &port);
    if (status == 0)
        status = read_address(s, "own", port, &s->own);
    if (status == 0)
        status = read_address(s, "foreign", port, &s->foreign);
    if (status == 0 && host->option_text(inst, "socket", &path) == 0)
        snprintf(s->path, sizeof(s->path), "%.*s", (int)path.len, path.data);
    if (status < 0)
        free(s);
    else
        *ret_ctx = s;
    return status;
}

static void server_close(void *ctx)
{
    free(ctx);
}

#define OPTION(id, ...)                                                                                      \
    static const struct ipam_option option_##id = { .size = sizeof(option_##id), .name = #id, __VA_ARGS__ }

OPTION(port, .kind = IPAM_OPT_INT, .flags = IPAM_OPT_PORT, .min = 1, .max = 65535,
       .help = "Where all listen.");
OPTION(own, .kind = IPAM_OPT_ADDRESS, .help = "What it takes for the address of its server.");
OPTION(foreign, .kind = IPAM_OPT_ADDRESS, .help = "What is none of its business.");
OPTION(proxy, .kind = IPAM_OPT_ADDRESS, .flags = IPAM_OPT_SERVER, .help = "A server beside its own.");
OPTION(socket, .kind = IPAM_OPT_PATH, .help = "A unix socket of its server.");

static const struct ipam_option *const options[] = { &option_port,  &option_own,    &option_foreign,
                                                     &option_proxy, &option_socket, NULL };
static const struct ipam_dhcp_ops dhcp = {
    .common = { .size = sizeof(dhcp),
                .thread_model = MODEL,
                .capabilities = IPAM_DHCP_CAP_LEASES | IPAM_DHCP_CAP_V4,
                .open = server_open,
                .close = server_close,
                .probe = server_probe },
    .read_config = server_read_config,
    .read_leases = server_read_leases,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    static const struct ipam_plugin plugin = {
        .size = sizeof(plugin),
        .abi = IPAM_ABI,
        .name = NAME,
        .version = "1",
        .summary = "Looks for a way out.",
        .options = options,
        .dhcp = &dhcp,
    };

    return &plugin;
}
