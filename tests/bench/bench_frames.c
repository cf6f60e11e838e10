/* bench_frames.c - what rows and calls of a provider cost the loop: one line a figure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Usage: bench_frames [COUNT]; COUNT leases of the odd test plugin come once from a helper through its socket
 * pair and once from a lane in process, each record copied, checked and unpacked. CPU is that of the loop's
 * thread alone. */
#include "config.h"

#include "provider_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/log.h"

#define CALLS 5000
#define ROUNDS 7

static double cpu_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double wall_ms(void)
{
    return (double)uv_hrtime() / 1e6;
}

static int records;

static void count_record(void *user, const struct ipam_record *rec)
{
    (void)user;
    (void)rec;
    records++;
}

static void note_done(void *user, int status, const struct ipam_outcome *info)
{
    (void)info;
    if (status < 0)
        abort();
    *(int *)user = 1;
}

static void read_leases(struct instance *inst, int64_t count)
{
    static const struct request_events ev = { .record = count_record, .done = note_done };
    struct ipam_dhcp_read args = { .size = sizeof(args), .type = IPAM_T_DHCP_READ };
    int done = 0;

    args.limit = count;
    IPAM_SET_FIELD(&args, IPAM_DHCP_READ_LIMIT);
    request_start(inst, CALL_READ_LEASES, &args, 60000, &ev, &done);
    while (!done)
        uv_run(loop_uv(loop), UV_RUN_ONCE);
}

static int ascending(const void *a, const void *b)
{
    double d = *(const double *)a - *(const double *)b;

    return d < 0 ? -1 : d > 0;
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof(*values), ascending);
    return values[ROUNDS / 2];
}

static void measure(const char *way, int64_t count)
{
    struct opened o = { 0 };
    struct instance *inst;
    double cpu[ROUNDS], wall[ROUNDS], before_cpu, before_wall;

    fixture_up(NULL);
    inst = open_odd("{\"name\": \"x\"}", &o);
    read_leases(inst, 1000);
    for (int i = 0; i < ROUNDS; i++) {
        before_cpu = cpu_ms();
        before_wall = wall_ms();
        read_leases(inst, count);
        cpu[i] = cpu_ms() - before_cpu;
        wall[i] = wall_ms() - before_wall;
    }
    printf("frames_%s_leases_cpu %.2f ms_for_%lld\n", way, median(cpu), (long long)count);
    printf("frames_%s_leases_wall %.2f ms_for_%lld\n", way, median(wall), (long long)count);
    before_cpu = cpu_ms();
    before_wall = wall_ms();
    for (int i = 0; i < CALLS; i++)
        read_leases(inst, 1);
    printf("frames_%s_call_cpu %.2f us\n", way, (cpu_ms() - before_cpu) * 1e3 / CALLS);
    printf("frames_%s_call_wall %.2f us\n", way, (wall_ms() - before_wall) * 1e3 / CALLS);
    fixture_down(NULL);
}

int main(int argc, char **argv)
{
    int64_t count = argc > 1 ? strtoll(argv[1], NULL, 10) : 100000;

    log_init("bench_frames", LOG_ERR_);
    fixture_folder();
    isolation = ISOLATION_PROCESS;
    measure("helper", count);
    isolation = ISOLATION_NONE;
    measure("lane", count);
    fixture_folder_remove();
    return records > 0 ? 0 : 1;
}
