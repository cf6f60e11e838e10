/* fault.c - named points at which a test crashes or stops this process.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "base/fault.h"

#ifdef IPAM_FAULT_POINTS

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POINTS_MAX 16
#define EXIT_STATUS 99 /* no other part of the program ends with it */

enum fault_action { FAULT_KILL, FAULT_STOP, FAULT_EXIT };

static struct {
    char name[64];
    enum fault_action action;
    unsigned long at, hits; /* acts at this hit */
} points[POINTS_MAX];
static unsigned point_count;
static pthread_once_t read_once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const struct {
    const char *name;
    enum fault_action action;
} actions[] = { { "kill", FAULT_KILL }, { "stop", FAULT_STOP }, { "exit", FAULT_EXIT } };

/* A typing error must not make a test pass because nothing happened. */
static void refuse(const char *item, size_t len)
{
    fprintf(stderr, "IPAM_FAULT_POINT: '%.*s' is not NAME=kill|stop|exit[:N]\n", (int)len, item);
    _exit(EXIT_STATUS);
}

static void read_item(const char *item, size_t len)
{
    const char *equals = memrchr(item, '=', len);
    size_t name_len = equals ? (size_t)(equals - item) : 0;
    size_t word = equals ? strcspn(equals + 1, ":,") : 0;
    const char *after = equals ? equals + 1 + word : NULL;

    if (name_len == 0 || name_len >= sizeof(points[0].name) || point_count == POINTS_MAX)
        refuse(item, len);
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strlen(actions[i].name) != word || memcmp(actions[i].name, equals + 1, word) != 0)
            continue;
        memcpy(points[point_count].name, item, name_len);
        points[point_count].action = actions[i].action;
        points[point_count].at = *after == ':' ? strtoul(after + 1, NULL, 10) : 1;
        if (points[point_count].at == 0)
            refuse(item, len);
        point_count++;
        return;
    }
    refuse(item, len);
}

static void read_environment(void)
{
    const char *item = getenv("IPAM_FAULT_POINT");

    while (item && *item) {
        size_t len = strcspn(item, ",");

        read_item(item, len);
        item += len;
        item += *item == ',';
    }
}

static void act(const char *name, enum fault_action action)
{
    fprintf(stderr, "fault point %s: %s\n", name, actions[action].name);
    switch (action) {
    case FAULT_KILL:
        kill(getpid(), SIGKILL);
        break;
    case FAULT_STOP:
        kill(getpid(), SIGSTOP);
        break;
    case FAULT_EXIT:
        _exit(EXIT_STATUS);
    }
}

void fault_point(const char *name)
{
    pthread_once(&read_once, read_environment);
    for (unsigned i = 0; i < point_count; i++) {
        bool due;

        if (strcmp(points[i].name, name) != 0)
            continue;
        pthread_mutex_lock(&lock);
        due = ++points[i].hits == points[i].at;
        pthread_mutex_unlock(&lock);
        if (due)
            act(name, points[i].action);
    }
}

void fault_point_at(const char *place, const char *name)
{
    char full[64];

    snprintf(full, sizeof(full), "%s:%s", place, name);
    fault_point(full);
}

#endif
