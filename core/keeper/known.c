/* known.c - the addresses that a helper may reach: those of its servers, by address or by name.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "keeper/known.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>

#include "base/clock.h"
#include "base/hash.h"

#define LOOKERS      4      /* threads that look names up */
#define ADDRESSES    32     /* of one name */
#define FRESH_MS     2000   /* a name is not looked up twice within */
#define RENEW_MS     60000  /* an address that is used after so long makes its name be looked up beside */
#define STALE_MS     600000 /* and is not good any more after */
#define WAIT_MS      4000   /* for names to be looked up; a plugin's loop may not stand still for longer */
#define RESOLV_CONF  "/etc/resolv.conf"
#define DNS_PORT     53
#define MAPPED_BYTES 12

/* IPv4 as IPv6 has it. */
struct ip {
    unsigned char bytes[16];
};

struct server {
    struct server *next;
    char *text;
    bool literal;
    bool wanted, busy, dead; /* to be looked up; by a thread now; removed meanwhile */
    struct ip addresses[ADDRESSES];
    int64_t seen_ms[ADDRESSES]; /* when the name had it */
    unsigned count;
    int64_t looked_ms; /* 0: never yet */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER; /* a name is wanted, or was looked up */
static struct server *servers;
static unsigned lookers;

static bool ip_of_text(const char *text, struct ip *ret)
{
    *ret = (struct ip){ .bytes = { [10] = 0xff, [11] = 0xff } };
    return inet_pton(AF_INET, text, ret->bytes + MAPPED_BYTES) == 1 ||
           inet_pton(AF_INET6, text, ret->bytes) == 1;
}

static bool ip_of(const struct sockaddr *address, socklen_t len, struct ip *ret)
{
    *ret = (struct ip){ .bytes = { [10] = 0xff, [11] = 0xff } };
    if (address->sa_family == AF_INET && len >= sizeof(struct sockaddr_in))
        memcpy(ret->bytes + MAPPED_BYTES, &((const struct sockaddr_in *)address)->sin_addr, 4);
    else if (address->sa_family == AF_INET6 && len >= offsetof(struct sockaddr_in6, sin6_scope_id))
        memcpy(ret->bytes, &((const struct sockaddr_in6 *)address)->sin6_addr, 16);
    else
        return false;
    return true;
}

static bool same(const struct ip *a, const struct ip *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* --- looking names up --- */

/* Each address the name has now; the oldest goes when there is no room. */
static void note(struct server *s, const struct addrinfo *list)
{
    int64_t now = clock_mono_ms();

    for (const struct addrinfo *a = list; a != NULL; a = a->ai_next) {
        struct ip ip;
        unsigned at = 0, oldest = 0;

        if (!ip_of(a->ai_addr, a->ai_addrlen, &ip))
            continue;
        while (at < s->count && !same(&s->addresses[at], &ip)) {
            oldest = s->seen_ms[at] < s->seen_ms[oldest] ? at : oldest;
            at++;
        }
        if (at == ADDRESSES)
            at = oldest;
        else if (at == s->count)
            s->count++;
        s->addresses[at] = ip;
        s->seen_ms[at] = now;
    }
    s->looked_ms = now;
}

static void server_free(struct server *s)
{
    free(s->text);
    free(s);
}

/* With the lock, which is let go meanwhile. */
static void look_up(struct server *s)
{
    const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
    struct addrinfo *list = NULL;

    s->wanted = false;
    s->busy = true;
    pthread_mutex_unlock(&lock);
    if (getaddrinfo(s->text, NULL, &hints, &list) != 0)
        list = NULL;
    pthread_mutex_lock(&lock);
    note(s, list);
    s->busy = false;
    if (list != NULL)
        freeaddrinfo(list);
    if (s->dead)
        server_free(s);
    pthread_cond_broadcast(&changed);
}

static void *looker(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    for (;;) {
        struct server *s = servers;

        while (s != NULL && (!s->wanted || s->busy))
            s = s->next;
        if (s != NULL)
            look_up(s);
        else
            pthread_cond_wait(&changed, &lock);
    }
    return NULL;
}

/* With the lock. */
static void want(struct server *s)
{
    pthread_t id;

    s->wanted = true;
    if (lookers < LOOKERS && pthread_create(&id, NULL, looker, NULL) == 0) {
        pthread_detach(id);
        lookers++;
    }
    pthread_cond_broadcast(&changed);
}

/* --- servers --- */

static struct server **find(const char *text)
{
    struct server **at = &servers;

    while (*at != NULL && strcmp((*at)->text, text) != 0)
        at = &(*at)->next;
    return at;
}

void known_add(const char *text)
{
    struct server *s, **at;

    pthread_mutex_lock(&lock);
    at = find(text);
    if (*at == NULL && (s = calloc(1, sizeof(*s))) != NULL && (s->text = strdup(text)) != NULL) {
        *at = s;
        s->literal = ip_of_text(text, &s->addresses[0]);
        s->count = s->literal ? 1 : 0;
        if (!s->literal)
            want(s);
    }
    pthread_mutex_unlock(&lock);
}

void known_remove(const char *text)
{
    struct server **at, *s;

    pthread_mutex_lock(&lock);
    at = find(text);
    s = *at;
    if (s != NULL) {
        *at = s->next;
        s->dead = true;
        if (!s->busy)
            server_free(s);
    }
    pthread_mutex_unlock(&lock);
}

/* Whether one of them has it; one that is to be looked up again is marked. With the lock. */
static bool has(const struct ip *ip)
{
    int64_t now = clock_mono_ms();

    for (struct server *s = servers; s != NULL; s = s->next)
        for (unsigned i = 0; i < s->count; i++) {
            if (!same(&s->addresses[i], ip) || (!s->literal && now - s->seen_ms[i] > STALE_MS))
                continue;
            if (!s->literal && !s->wanted && !s->busy && now - s->looked_ms > RENEW_MS)
                want(s);
            return true;
        }
    return false;
}

enum known known_server(const struct sockaddr *address, socklen_t len)
{
    enum known answer = KNOWN_NO;
    struct ip ip;

    if (!ip_of(address, len, &ip))
        return KNOWN_NO;
    pthread_mutex_lock(&lock);
    if (has(&ip))
        answer = KNOWN_YES;
    for (const struct server *s = servers; s != NULL && answer == KNOWN_NO; s = s->next)
        if (!s->literal)
            answer = KNOWN_UNSURE;
    pthread_mutex_unlock(&lock);
    return answer;
}

/* Whether a name is still to be looked up, or was not for a while: that one is wanted now. With the lock. */
static bool is_pending(int64_t since_ms)
{
    bool pending = false;

    for (struct server *s = servers; s != NULL; s = s->next) {
        if (s->literal ||
            (s->looked_ms != 0 && s->looked_ms >= since_ms - FRESH_MS && !s->wanted && !s->busy))
            continue;
        if (!s->wanted && !s->busy)
            want(s);
        pending = true;
    }
    return pending;
}

bool known_wait(const struct sockaddr *address, socklen_t len)
{
    int64_t since = clock_mono_ms();
    struct timespec until;
    struct ip ip;
    bool found;
    int rc = 0;

    if (!ip_of(address, len, &ip))
        return false;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_MS / 1000;
    pthread_mutex_lock(&lock);
    while (!(found = has(&ip)) && rc == 0 && is_pending(since))
        rc = pthread_cond_timedwait(&changed, &lock, &until);
    pthread_mutex_unlock(&lock);
    return found;
}

/* --- whom an echo request may be sent to: one of a few places for each address, by its bytes --- */

#define ECHO_PLACES 16384 /* a power of two */
#define ECHO_BESIDE 8

struct echo {
    struct ip ip;
    int64_t until_ms; /* 0: the place is empty */
};

static struct echo echoes[ECHO_PLACES]; /* of the doorman's first thread */

/* The place of an address; where it has none, the one that is the oldest of those it could have. */
static struct echo *echo_place(const struct ip *ip)
{
    uint64_t first = hash_bytes(ip->bytes, sizeof(ip->bytes));
    struct echo *oldest = &echoes[first % ECHO_PLACES];

    for (unsigned i = 0; i < ECHO_BESIDE; i++) {
        struct echo *e = &echoes[(first + i) % ECHO_PLACES];

        if (e->until_ms != 0 && same(&e->ip, ip))
            return e;
        if (e->until_ms < oldest->until_ms)
            oldest = e;
    }
    return oldest;
}

void known_echo_add(const unsigned char (*addresses)[16], size_t count)
{
    int64_t until = clock_mono_ms() + ECHO_MS;

    for (size_t i = 0; i < count; i++) {
        struct ip ip;

        memcpy(ip.bytes, addresses[i], sizeof(ip.bytes));
        *echo_place(&ip) = (struct echo){ ip, until };
    }
}

bool known_echo(const struct sockaddr *address, socklen_t len)
{
    const struct echo *e;
    struct ip ip;

    if (!ip_of(address, len, &ip))
        return false;
    e = echo_place(&ip);
    return same(&e->ip, &ip) && e->until_ms >= clock_mono_ms();
}

/* --- resolvers: read anew each time, for names are seldom looked up and the file is small --- */

bool known_nameserver(const char *line, unsigned char ret[16])
{
    static const char word[] = "nameserver";
    char text[64];
    struct ip ip;
    size_t len;

    line += strspn(line, " \t");
    if (strncmp(line, word, strlen(word)) != 0)
        return false;
    line += strlen(word);
    len = strspn(line, " \t");
    line += len;
    if (len == 0 || (len = strspn(line, "0123456789abcdefABCDEF.:")) >= sizeof(text))
        return false;
    memcpy(text, line, len);
    text[len] = '\0';
    if (!ip_of_text(text, &ip))
        return false;
    memcpy(ret, ip.bytes, sizeof(ip.bytes));
    return true;
}

bool known_resolver(const struct sockaddr *address, socklen_t len)
{
    char line[256];
    struct ip ip, one;
    bool any = false, found = false;
    FILE *f;

    if (!ip_of(address, len, &ip) || known_port(address) != DNS_PORT)
        return false;
    f = fopen(RESOLV_CONF, "re");
    while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL) {
        if (!known_nameserver(line, one.bytes))
            continue;
        any = true;
        found = same(&ip, &one);
    }
    if (f != NULL)
        fclose(f);
    return found || (!any && ip_of_text("127.0.0.1", &one) && same(&ip, &one)); /* resolv.conf(5) */
}

uint16_t known_port(const struct sockaddr *address)
{
    return ntohs(address->sa_family == AF_INET ? ((const struct sockaddr_in *)address)->sin_port
                                               : ((const struct sockaddr_in6 *)address)->sin6_port);
}

/* A name that begins with NUL is an abstract one; bytes that are no text are shown as "?". */
static void write_path(const struct sockaddr_un *address, socklen_t len, char *buf, size_t size)
{
    size_t most =
        len > offsetof(struct sockaddr_un, sun_path) ? len - offsetof(struct sockaddr_un, sun_path) : 0;
    size_t at = (size_t)snprintf(buf, size, "unix socket ");

    if (most > sizeof(address->sun_path))
        most = sizeof(address->sun_path);

    for (size_t i = 0; i < most && at + 1 < size; i++) {
        char c = address->sun_path[i];

        if (c == '\0' && i > 0)
            break;
        buf[at++] = c == '\0' ? '@' : c > ' ' && c <= '~' ? c : '?';
    }
    buf[at] = '\0';
}

void known_write(const struct sockaddr *address, socklen_t len, char *buf, size_t size)
{
    char text[INET6_ADDRSTRLEN] = "";
    struct ip ip;

    if (address->sa_family == AF_UNIX) {
        write_path((const struct sockaddr_un *)address, len, buf, size);
        return;
    }
    if (!ip_of(address, len, &ip)) {
        snprintf(buf, size, "family %d", address->sa_family);
        return;
    }
    if (address->sa_family == AF_INET)
        inet_ntop(AF_INET, ip.bytes + MAPPED_BYTES, text, sizeof(text));
    else
        inet_ntop(AF_INET6, ip.bytes, text, sizeof(text));
    snprintf(buf, size, "%s port %u", text, known_port(address));
}
