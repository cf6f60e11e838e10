/* bench_frames.c - what rows and calls of a provider cost the loop: one line a figure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Usage: bench_frames [COUNT]; COUNT leases of the odd test plugin come once from a helper through its socket
 * pair and once from a lane in process, each record copied, checked and unpacked. CPU is that of the loop's
 * thread alone; of a call in a helper also that of both processes with all their threads. Last, what 20 plugins
 * add to the start. */
#include "config.h"

#include "provider_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/log.h"
#include "provider/helper.h"

#define CALLS 5000
#define ROUNDS 7
#define PLUGINS 20

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

/* Of a process with all its threads, in ms. */
static double process_cpu_ms(pid_t pid)
{
    struct timespec t = { 0 };
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) == 0)
        clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
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

/* One call after the other, each an operation that answers one row. */
static void measure_calls(const char *way, struct instance *inst)
{
    pid_t helper = inst->helper ? inst->helper->pid : 0;
    double before_cpu = cpu_ms(), before_wall = wall_ms();
    double before_both = process_cpu_ms(0) + (helper ? process_cpu_ms(helper) : 0);

    for (int i = 0; i < CALLS; i++)
        read_leases(inst, 1);
    printf("frames_%s_call_cpu %.2f us\n", way, (cpu_ms() - before_cpu) * 1e3 / CALLS);
    printf("frames_%s_call_wall %.2f us\n", way, (wall_ms() - before_wall) * 1e3 / CALLS);
    printf("frames_%s_call_cpu_both_sides %.2f us\n", way,
           (process_cpu_ms(0) + (helper ? process_cpu_ms(helper) : 0) - before_both) * 1e3 / CALLS);
}

static struct plugin_set *loaded_set;

static void on_loaded(void *user, struct plugin_set *set)
{
    loaded_set = set;
    *(int *)user = 1;
}

/* What so many plugins add to the start: from the order to load them until all can be used. */
static void measure_start(const char *way, enum isolation how)
{
    struct plugin_want wants[PLUGINS];
    char names[PLUGINS][16];
    double wall[ROUNDS];

    for (int round = 0; round < ROUNDS; round++) {
        int done = 0;
        double before;

        fixture_up(NULL);
        for (int i = 0; i < PLUGINS; i++) {
            snprintf(names[i], sizeof(names[i]), "m%d-%s-%d", round, way, i); /* never loaded before */
            fixture_copy("mirror", names[i]);
            wants[i] = (struct plugin_want){ names[i], { .isolation = how } };
        }
        before = wall_ms();
        plugins_load(providers, wants, PLUGINS, on_loaded, &done);
        fixture_wait(&done);
        wall[round] = wall_ms() - before;
        for (size_t i = 0; i < PLUGINS; i++) {
            const char *problem;

            plugin_set_get(loaded_set, i, &problem);
            if (problem[0])
                abort();
        }
        plugins_use(loaded_set);
        fixture_down(NULL);
    }
    printf("start_%s_plugins_wall %.2f ms_for_%d\n", way, median(wall), PLUGINS);
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
    measure_calls(way, inst);
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
    isolation = ISOLATION_PROCESS;
    measure_start("helper", ISOLATION_PROCESS);
    measure_start("lane", ISOLATION_NONE);
    fixture_folder_remove();
    return records > 0 ? 0 : 1;
}
