/* bench_index.c - speed and size of the address index; prints one line a figure: name, value, unit.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Usage: bench_index [COUNT [PART]]; PART is the beginning of the figures' names. The data are drawn from
 * a fixed seed, so that two builds are measured on the same; times are CPU time of this process. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "index/aset.h"
#include "index/ptrie.h"

#define LOOKUPS 2000000u

static uint64_t seed = 1;

static uint64_t draw(void) /* splitmix64 */
{
    uint64_t z = seed += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static unsigned below(unsigned n)
{
    return (unsigned)(draw() >> 33) % n;
}

static double cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void figure(const char *name, const char *what, double value, const char *unit)
{
    printf("%s_%s %.1f %s\n", name, what, value, unit);
    fflush(stdout);
}

static void rate(const char *name, const char *what, unsigned n, double since)
{
    figure(name, what, n / (cpu_seconds() - since), "per_second");
}

static void *table(size_t count, size_t size)
{
    void *p = calloc(count, size);

    if (p == NULL) {
        fprintf(stderr, "bench_index: no memory for %zu items\n", count);
        exit(1);
    }
    return p;
}

static void put(struct ipam_addr *a, unsigned at, unsigned bytes, uint64_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        a->bytes[at + i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
}

/* Lengths in the proportions of the routing tables of the internet, in tenths. */
static const uint8_t lengths4[10] = { 24, 24, 24, 24, 24, 24, 23, 22, 22, 0 };
static const uint8_t lengths6[10] = { 48, 48, 48, 48, 48, 44, 40, 36, 32, 0 };

static struct ipam_prefix draw_v4(void)
{
    struct ipam_prefix p = { { .family = 4 }, lengths4[below(10)] };

    if (p.length == 0)
        p.length = (uint8_t)(16 + below(6));
    put(&p.addr, 0, 4, draw());
    p.addr.bytes[0] = (uint8_t)(1 + below(223));
    prefix_mask(&p);
    return p;
}

/* Some 60,000 networks of /32 in six /12, each with its own below; low numbers more often. */
static struct ipam_prefix draw_v6(void)
{
    static const uint16_t registries[6] = { 0x2001, 0x2400, 0x2600, 0x2800, 0x2a00, 0x2c00 };
    struct ipam_prefix p = { { .family = 6 }, lengths6[below(10)] };
    uint64_t network = below(60000) * 0x9e3779b97f4a7c15;

    if (p.length == 0)
        p.length = (uint8_t)(28 + below(20));
    put(&p.addr, 0, 2, registries[network % 6] | (network >> 20 & 15));
    put(&p.addr, 2, 2, network >> 40);
    put(&p.addr, 4, 2, below(2) ? below(65536) : below(2) ? below(256) : below(256) << 8);
    prefix_mask(&p);
    return p;
}

/* Any /48 of 2000::/3. */
static struct ipam_prefix draw_v6_uniform(void)
{
    struct ipam_prefix p = { { .family = 6 }, 48 };

    put(&p.addr, 0, 6, draw());
    p.addr.bytes[0] = (uint8_t)(0x20 | (p.addr.bytes[0] & 31));
    return p;
}

static int by_addr(const void *a, const void *b)
{
    return addr_compare(a, b);
}

static void look_up(const struct ptrie *t, const struct ipam_addr *asked, const char *name, const char *what)
{
    uint64_t handle = 0, sum = 0;
    double since = cpu_seconds();

    for (unsigned i = 0; i < LOOKUPS; i++) {
        if (ptrie_match(t, &asked[i], NULL, &handle) == 0)
            sum += handle;
    }
    rate(name, what, LOOKUPS, since);
    if (sum == 0)
        fprintf(stderr, "bench_index: nothing was found\n");
}

static void bench_free(const struct ptrie *t, const struct ipam_prefix *blocks, unsigned count,
                       const char *name)
{
    unsigned bits = addr_bits(blocks[0].addr.family), n = LOOKUPS / 4, visited = 0;
    double since = cpu_seconds();

    for (unsigned i = 0; i < n; i++) {
        struct ipam_prefix within = blocks[i % count], got;

        within.length = (uint8_t)(bits == 32 ? 8 : 28);
        prefix_mask(&within);
        (void)ptrie_next_free(t, &within, (uint8_t)(bits == 32 ? 24 : 48), &blocks[i % count], &got);
        visited = ptrie_visited() > visited ? ptrie_visited() : visited;
    }
    rate(name, "next_free", n, since);
    figure(name, "next_free_visited_max", visited, "nodes");
}

static void bench_prefixes(const char *name, struct ipam_prefix (*draw_one)(void), unsigned count)
{
    struct ipam_prefix *all = table(count, sizeof(*all));
    struct ipam_addr *asked = table(LOOKUPS, sizeof(*asked));
    struct ptrie *t = NULL;
    double since;

    for (unsigned i = 0; i < count; i++)
        all[i] = draw_one();
    since = cpu_seconds();
    t = ptrie_new(all[0].addr.family);
    for (unsigned i = 0; i < count; i++) { /* those that are there are drawn again */
        while (ptrie_insert(t, &all[i], i + 1) != 0)
            all[i] = draw_one();
    }
    rate(name, "insert_random", count, since);
    figure(name, "bytes", (double)ptrie_bytes(t) / count, "bytes_per_prefix");
    for (unsigned i = 0; i < LOOKUPS; i++) { /* a random address in a random prefix */
        struct ipam_prefix p = all[below(count)], r = { { .family = p.addr.family }, p.length };

        put(&r.addr, 0, addr_bits(p.addr.family) / 8 > 8 ? 8 : 4, draw());
        asked[i] = r.addr;
        prefix_mask(&r);
        for (unsigned k = 0; k < 16; k++)
            asked[i].bytes[k] ^= r.addr.bytes[k] ^ p.addr.bytes[k];
    }
    look_up(t, asked, name, "match_random");
    bench_free(t, all, count, name);
    qsort(asked, LOOKUPS, sizeof(*asked), by_addr);
    look_up(t, asked, name, "match_sorted");
    ptrie_free(t);
    free(asked);
    free(all);
}

static struct ipam_addr dense(unsigned i)
{
    struct ipam_addr a = { .family = 4 };

    put(&a, 0, 4, 0x0a000000u + i);
    return a;
}

/* Hosts at random in a /64, and in a /32. */
static struct ipam_addr in_slash64(unsigned i)
{
    struct ipam_addr a = { .family = 6, .bytes = { 0x20, 0x01, 0x0d, 0xb8 } };

    (void)i;
    put(&a, 8, 8, draw());
    return a;
}

static struct ipam_addr in_slash32(unsigned i)
{
    struct ipam_addr a = in_slash64(i);

    put(&a, 4, 4, draw());
    return a;
}

static void bench_addresses(const char *name, struct ipam_addr (*make)(unsigned), unsigned count,
                            unsigned keep)
{
    struct aset *s = aset_new(make(0).family);
    struct ipam_addr *all = table(count, sizeof(*all)), first, last, got;
    unsigned n = LOOKUPS / 2, visited = 0;
    double since;

    for (unsigned i = 0; i < count; i++)
        all[i] = make(i);
    since = cpu_seconds();
    for (unsigned i = 0; i < count; i++)
        (void)aset_add(s, &all[i], i + 1);
    rate(name, "add", count, since);
    figure(name, "bytes", (double)aset_bytes(s) / (double)aset_total(s), "bytes_per_address");
    for (unsigned i = 0; i < count; i++) { /* leave one free in `keep` */
        if (keep != 0 && i % keep == keep / 2)
            (void)aset_remove(s, &all[i], i + 1);
    }
    first = all[0];
    last = first;
    memset(last.bytes, 255, addr_bits(last.family) / 8);
    since = cpu_seconds();
    for (unsigned i = 0; i < n; i++) {
        first = all[below(count)];
        (void)aset_next_free(s, &first, &last, &got);
        visited = aset_visited() > visited ? aset_visited() : visited;
    }
    rate(name, "next_free", n, since);
    figure(name, "next_free_visited_max", visited, "nodes");
    since = cpu_seconds();
    for (unsigned i = 0; i < n / 10; i++)
        (void)aset_next_run(s, &all[below(count)], &last, 64, &got);
    rate(name, "next_run", n / 10, since);
    first = all[0];
    since = cpu_seconds();
    for (unsigned i = 0; i < n / 10; i++)
        (void)aset_nth_free(s, &first, &last, u128_from(keep != 0 ? below(count / keep) : draw() >> 2), &got);
    rate(name, "nth_free", n / 10, since);
    aset_free(s);
    free(all);
}

static const struct {
    const char *name;
    struct ipam_prefix (*prefix)(void);
    struct ipam_addr (*addr)(unsigned i);
    unsigned keep; /* leave one address free in so many; 0: none is taken away */
} parts[] = {
    { "ptrie_v4", draw_v4, NULL, 0 },
    { "ptrie_v6", draw_v6, NULL, 0 },
    { "ptrie_v6_uniform", draw_v6_uniform, NULL, 0 },
    { "aset_dense", NULL, dense, 5000 },
    { "aset_v6_in_64", NULL, in_slash64, 0 },
    { "aset_v6_in_32", NULL, in_slash32, 0 },
};

int main(int argc, char **argv)
{
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;

    const char *part = argc > 2 ? argv[2] : "";

    if (argc > 3 || count < 1000 || count > 8000000) {
        fprintf(stderr, "usage: bench_index [COUNT [PART]]: COUNT prefixes and addresses, 1000 to 8000000;"
                " PART such as aset or ptrie_v4\n");
        return 2;
    }
    for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (strncmp(parts[i].name, part, strlen(part)) != 0)
            continue;
        if (parts[i].prefix != NULL)
            bench_prefixes(parts[i].name, parts[i].prefix, (unsigned)count);
        else
            bench_addresses(parts[i].name, parts[i].addr, (unsigned)count, parts[i].keep);
    }
    return 0;
}
