/* fuzz_main.c - runs a fuzz target as an ordinary test: its seeds, and mutations of them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_x [FILE...]: replays the files, for instance a crash; without files, the folder FUZZ_SEEDS and MUTATIONS random
 * changes of each seed. libFuzzer brings a main of its own instead: see the targets. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz.h"

#define SEED_MAX 65536
#ifndef MUTATIONS /* a target that takes long for each has fewer */
#define MUTATIONS 3000
#endif

static uint64_t seed;

static uint64_t draw(void) /* splitmix64 */
{
    uint64_t z = seed += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* From an exact heap copy, so that a sanitizer sees any look behind the end. */
static void run(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);

    if (copy == NULL)
        abort();
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

/* Changes, inserts, removes or cuts a few bytes. Returns the new size. */
static size_t mutate(uint8_t *data, size_t size)
{
    for (unsigned n = 1 + (unsigned)(draw() % 4); n > 0; n--) {
        size_t at = size > 0 ? draw() % size : 0;
        switch (draw() % 5) {
        case 0:
            data[at] = (uint8_t)draw();
            break;
        case 1:
            data[at] ^= (uint8_t)(1u << (draw() % 8));
            break;
        case 2:
            if (size < SEED_MAX) {
                memmove(data + at + 1, data + at, size - at);
                data[at] = (uint8_t)draw();
                size++;
            }
            break;
        case 3:
            if (size > 0) {
                memmove(data + at, data + at + 1, size - at - 1);
                size--;
            }
            break;
        default:
            size = draw() % 8 == 0 ? at : size;
        }
    }
    return size;
}

static int replay(const char *path, unsigned mutations)
{
    static uint8_t original[SEED_MAX + 1], data[SEED_MAX + 1];
    FILE *f = fopen(path, "rb");
    size_t size;

    if (f == NULL) {
        perror(path);
        return 1;
    }
    size = fread(original, 1, SEED_MAX, f);
    fclose(f);
    run(original, size);
    for (; mutations > 0; mutations--) {
        memcpy(data, original, size);
        run(data, mutate(data, size));
    }
    return 0;
}

static int replay_folder(const char *folder)
{
    DIR *d = opendir(folder);
    unsigned count = 0;
    struct dirent *e;
    char path[4096];
    int rc = 0;

    if (d == NULL) {
        perror(folder);
        return 1;
    }
    while ((e = readdir(d)) != NULL) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        rc |= replay(path, MUTATIONS);
        count++;
    }
    closedir(d);
    printf("%u seeds from %s\n", count, folder);
    return count == 0 ? 1 : rc;
}

int main(int argc, char **argv)
{
    const char *given = getenv("IPAM_TEST_SEED"), *folder = getenv("FUZZ_SEEDS");
    int rc = 0;

    seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    printf("IPAM_TEST_SEED=%llu\n", (unsigned long long)seed);
    for (int i = 1; i < argc; i++)
        rc |= replay(argv[i], 0);
    return argc > 1 ? rc : replay_folder(folder != NULL ? folder : FUZZ_SEEDS);
}
