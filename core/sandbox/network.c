/* network.c - calls by which a helper could reach an address: which it may make itself.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A filter sees numbers and pointers, never what these lead to, and another thread could exchange that
 * after anybody has looked. So no call with an address is made by the process at all: it traps, and reach.c
 * asks the doorman. What sends packets elsewhere without naming an address in a call is refused: source
 * routes, protocols with several addresses, connections that come in. */
#include "config.h"

#include "sandbox/network.h"

#ifndef IPAM_SANITIZED

#include <errno.h>
#include <linux/close_range.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/socket.h>

#include "sandbox/reach.h"

#define LOW       UINT64_C(0xffffffff) /* the kernel looks at no more of an int */
#define TYPE_MASK 0xfu                 /* of a socket's type; the rest are flags */

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

int network_fill_ending(scmp_filter_ctx f, const struct sandbox_rules *r)
{
    /* send() is a sendto without an address. */
    int status = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 1, SCMP_CMP(4, SCMP_CMP_EQ, 0));

    if (status == 0 && r->doorman)
        status =
            seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(sendmsg), 1, SCMP_CMP(0, SCMP_CMP_EQ, REACH_FD));
    return status;
}

/* --- sockets --- */

static int allow_socket(scmp_filter_ctx f, int family, int type, int protocol)
{
    return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 3,
                            SCMP_CMP(0, SCMP_CMP_EQ, (uint64_t)family),
                            SCMP_CMP(1, SCMP_CMP_MASKED_EQ, TYPE_MASK, (uint64_t)type),
                            SCMP_CMP(2, SCMP_CMP_EQ, (uint64_t)protocol));
}

/* TCP and UDP: MPTCP and SCTP connect to addresses that their options or their peers name. */
static int allow_internet(scmp_filter_ctx f, int family)
{
    int status = allow_socket(f, family, SOCK_STREAM, 0);

    if (status == 0)
        status = allow_socket(f, family, SOCK_STREAM, IPPROTO_TCP);
    if (status == 0)
        status = allow_socket(f, family, SOCK_DGRAM, 0);
    return status == 0 ? allow_socket(f, family, SOCK_DGRAM, IPPROTO_UDP) : status;
}

static int allow_sockets(scmp_filter_ctx f)
{
    int status = allow_internet(f, AF_INET);

    if (status == 0)
        status = allow_internet(f, AF_INET6);
    if (status == 0)
        status = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_CMP(0, SCMP_CMP_EQ, AF_UNIX));
    if (status == 0)
        status =
            seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socketpair), 1, SCMP_CMP(0, SCMP_CMP_EQ, AF_UNIX));
    if (status == 0)
        status = allow_socket(f, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    return status == 0 ? allow_socket(f, AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE) : status;
}

/* Of these the kernel lets nothing out but echo requests; to whom, the doorman judges. */
static int allow_echo(scmp_filter_ctx f)
{
    int status = allow_socket(f, AF_INET, SOCK_DGRAM, IPPROTO_ICMP);

    return status == 0 ? allow_socket(f, AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6) : status;
}

/* --- their options --- */

/* clang-format off */
static const int ip_options[] = {
    IP_TOS, IP_TTL, IP_PKTINFO, IP_MTU_DISCOVER, IP_RECVERR, IP_RECVTTL, IP_RECVTOS, IP_FREEBIND,
    IP_MULTICAST_IF, IP_MULTICAST_TTL, IP_MULTICAST_LOOP
};
static const int ipv6_options[] = {
    IPV6_V6ONLY, IPV6_UNICAST_HOPS, IPV6_MULTICAST_IF, IPV6_MULTICAST_HOPS, IPV6_MULTICAST_LOOP, IPV6_RECVERR,
    IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS, IPV6_TCLASS, IPV6_MTU_DISCOVER, IPV6_DONTFRAG
};
static const int tcp_options[] = {
    TCP_NODELAY, TCP_MAXSEG, TCP_CORK, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_SYNCNT, TCP_LINGER2,
    TCP_WINDOW_CLAMP, TCP_QUICKACK, TCP_CONGESTION, TCP_USER_TIMEOUT, TCP_NOTSENT_LOWAT, TCP_FASTOPEN_CONNECT
};
/* clang-format on */

static int allow_options(scmp_filter_ctx f, int level, const int *options, size_t count)
{
    int status = 0;

    for (size_t i = 0; i < count && status == 0; i++)
        status = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(setsockopt), 2,
                                  SCMP_CMP(1, SCMP_CMP_EQ, (uint64_t)level),
                                  SCMP_CMP(2, SCMP_CMP_EQ, (uint64_t)options[i]));
    return status;
}

static int allow_level(scmp_filter_ctx f, int level)
{
    return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(setsockopt), 1,
                            SCMP_CMP(1, SCMP_CMP_EQ, (uint64_t)level));
}

int network_fill_answering(scmp_filter_ctx f, const struct sandbox_rules *r)
{
    int status = allow_sockets(f);

    if (status == 0 && r->echo)
        status = allow_echo(f);
    if (status == 0)
        status = allow_level(f, SOL_SOCKET);
    if (status == 0)
        status = allow_level(f, IPPROTO_UDP);
    if (status == 0)
        status = allow_level(f, SOL_NETLINK);
    if (status == 0)
        status = allow_options(f, IPPROTO_IP, ip_options, COUNT(ip_options));
    if (status == 0)
        status = allow_options(f, IPPROTO_IPV6, ipv6_options, COUNT(ipv6_options));
    return status == 0 ? allow_options(f, IPPROTO_TCP, tcp_options, COUNT(tcp_options)) : status;
}

/* --- the doorman's socket --- */

/* Were another socket to get this number, sendmsg would pass with any address. */
int network_fill_guard(scmp_filter_ctx f, const struct sandbox_rules *r)
{
    int status = seccomp_rule_add(f, SCMP_ACT_ERRNO(EBADF), SCMP_SYS(close), 1,
                                  SCMP_CMP(0, SCMP_CMP_MASKED_EQ, LOW, REACH_FD));

    (void)r;
    if (status == 0)
        status = seccomp_rule_add(f, SCMP_ACT_ERRNO(EBADF), SCMP_SYS(dup3), 1,
                                  SCMP_CMP(1, SCMP_CMP_MASKED_EQ, LOW, REACH_FD));
    if (status == 0)
        status = seccomp_rule_add(f, SCMP_ACT_ERRNO(EBADF), SCMP_SYS(dup2), 1,
                                  SCMP_CMP(1, SCMP_CMP_MASKED_EQ, LOW, REACH_FD));
    for (unsigned first = 0; first <= REACH_FD && status == 0; first++)
        status = seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(close_range), 2,
                                  SCMP_CMP(0, SCMP_CMP_MASKED_EQ, LOW, first),
                                  SCMP_CMP(2, SCMP_CMP_MASKED_EQ, CLOSE_RANGE_CLOEXEC, 0));
    return status;
}

#endif
