/* spawn.c - notices when the plugin starts a process, in whichever way.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * fork() is told by pthread_atfork. The others are functions of the C library that the program defines before
 * it, notes, and hands on. */
#include <dlfcn.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"

#define SEEN __attribute__((visibility("default")))

static atomic_uint started;

static void note(void)
{
    atomic_fetch_add(&started, 1);
}

void spawn_watch(void)
{
    pthread_atfork(note, NULL, NULL);
}

bool spawn_seen(void)
{
    return atomic_load(&started) > 0;
}

typedef int (*spawn_fn)(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
                        char *const[], char *const[]);

static void next_of(const char *name, void *fn, size_t size)
{
    void *symbol = dlsym(RTLD_NEXT, name);

    if (symbol == NULL)
        abort(); /* the C library has it */
    memcpy(fn, &symbol, size);
}

SEEN int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                     const posix_spawnattr_t *attr, char *const argv[], char *const envp[])
{
    spawn_fn next;

    note();
    next_of("posix_spawn", &next, sizeof(next));
    return next(pid, path, actions, attr, argv, envp);
}

SEEN int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                      const posix_spawnattr_t *attr, char *const argv[], char *const envp[])
{
    spawn_fn next;

    note();
    next_of("posix_spawnp", &next, sizeof(next));
    return next(pid, file, actions, attr, argv, envp);
}

SEEN int system(const char *command)
{
    int (*next)(const char *);

    note();
    next_of("system", &next, sizeof(next));
    return next(command);
}

SEEN FILE *popen(const char *command, const char *type)
{
    FILE *(*next)(const char *, const char *);

    note();
    next_of("popen", &next, sizeof(next));
    return next(command, type);
}
