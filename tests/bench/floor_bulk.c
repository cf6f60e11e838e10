/* floor_bulk.c - what it takes to write the rows of a loaded database anew: the floor of an import.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * floor_bulk DATABASE FOLDER: takes the addresses and the change log of a database of ipamd into memory, then
 * writes them into a new one with the same tables and indexes, ROWS a transaction, durably; prints the CPU time
 * of the writing for one address. */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROWS 2000

struct value {
    int type; /* SQLITE_INTEGER, SQLITE_BLOB, SQLITE_NULL */
    int64_t number;
    void *bytes;
    int len;
};

struct table {
    const char *name;
    int columns;
    struct value *values; /* columns of them a row */
    size_t rows, cap;
    sqlite3_stmt *insert;
};

static void check(sqlite3 *db, int rc, int expected)
{
    if (rc == expected)
        return;
    fprintf(stderr, "floor_bulk: %s\n", sqlite3_errmsg(db));
    exit(1);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt;

    check(db, sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    return stmt;
}

static void *grown(void *p, size_t size)
{
    p = realloc(p, size);
    if (p == NULL) {
        fputs("floor_bulk: out of memory\n", stderr);
        exit(1);
    }
    return p;
}

static void take(sqlite3_stmt *s, int column, struct value *v)
{
    v->type = sqlite3_column_type(s, column);
    v->number = v->type == SQLITE_INTEGER ? sqlite3_column_int64(s, column) : 0;
    v->len = v->type == SQLITE_BLOB ? sqlite3_column_bytes(s, column) : 0;
    v->bytes = NULL;
    if (v->len > 0) {
        v->bytes = grown(NULL, (size_t)v->len);
        memcpy(v->bytes, sqlite3_column_blob(s, column), (size_t)v->len);
    }
}

static void read_table(sqlite3 *db, struct table *t)
{
    char sql[128];
    int rc;

    snprintf(sql, sizeof(sql), "SELECT * FROM \"%s\" ORDER BY 1", t->name);
    sqlite3_stmt *s = prepare(db, sql);
    t->columns = sqlite3_column_count(s);
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        if (t->rows == t->cap) {
            t->cap = t->cap != 0 ? 2 * t->cap : 4096;
            t->values = grown(t->values, t->cap * (size_t)t->columns * sizeof(struct value));
        }
        for (int i = 0; i < t->columns; i++)
            take(s, i, &t->values[t->rows * (size_t)t->columns + (size_t)i]);
        t->rows++;
    }
    check(db, rc, SQLITE_DONE);
    sqlite3_finalize(s);
}

/* The tables and indexes of the one as the other has them. */
static void copy_schema(sqlite3 *from, sqlite3 *to)
{
    sqlite3_stmt *s = prepare(from, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name IN"
                                    " ('address', 'ipam_log') ORDER BY type DESC, name");

    while (sqlite3_step(s) == SQLITE_ROW)
        check(to, sqlite3_exec(to, (const char *)sqlite3_column_text(s, 0), NULL, NULL, NULL), SQLITE_OK);
    sqlite3_finalize(s);
}

static void prepare_insert(sqlite3 *db, struct table *t)
{
    char sql[512];
    int at = snprintf(sql, sizeof(sql), "INSERT INTO \"%s\" VALUES(?", t->name);

    for (int i = 1; i < t->columns; i++)
        at += snprintf(sql + at, sizeof(sql) - (size_t)at, ", ?");
    snprintf(sql + at, sizeof(sql) - (size_t)at, ")");
    t->insert = prepare(db, sql);
}

static void insert(sqlite3 *db, const struct table *t, size_t row)
{
    const struct value *v = &t->values[row * (size_t)t->columns];

    for (int i = 0; i < t->columns; i++)
        if (v[i].type == SQLITE_INTEGER)
            sqlite3_bind_int64(t->insert, i + 1, v[i].number);
        else if (v[i].type == SQLITE_BLOB)
            sqlite3_bind_blob(t->insert, i + 1, v[i].bytes != NULL ? v[i].bytes : "", v[i].len,
                              SQLITE_STATIC);
        else
            sqlite3_bind_null(t->insert, i + 1);
    check(db, sqlite3_step(t->insert), SQLITE_DONE);
    sqlite3_reset(t->insert);
}

static double cpu(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return 1e9 * (double)ts.tv_sec + (double)ts.tv_nsec;
}

/* The log goes along, a part of it with each transaction. */
static double write_all(sqlite3 *db, const struct table *addresses, const struct table *log)
{
    size_t batches = (addresses->rows + ROWS - 1) / ROWS, logged = 0;
    double start = cpu();

    for (size_t b = 0; b < batches; b++) {
        check(db, sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
        for (size_t i = b * ROWS; i < (b + 1) * ROWS && i < addresses->rows; i++)
            insert(db, addresses, i);
        for (; logged < log->rows * (b + 1) / batches; logged++)
            insert(db, log, logged);
        check(db, sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    }
    return (cpu() - start) / (double)addresses->rows;
}

int main(int argc, char **argv)
{
    static const char *const suffixes[] = { "", "-wal", "-shm" };
    struct table addresses = { .name = "address" }, log = { .name = "ipam_log" };
    char path[4096], name[4200];
    sqlite3 *from, *to;

    if (argc != 3) {
        fputs("usage: floor_bulk DATABASE FOLDER\n", stderr);
        return 64;
    }
    snprintf(path, sizeof(path), "%s/floor_bulk.%ld", argv[2], (long)getpid());
    check(NULL, sqlite3_open_v2(argv[1], &from, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    check(NULL, sqlite3_open(path, &to), SQLITE_OK);
    read_table(from, &addresses);
    read_table(from, &log);
    check(to,
          sqlite3_exec(to,
                       "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32768;"
                       " PRAGMA temp_store=MEMORY",
                       NULL, NULL, NULL),
          SQLITE_OK);
    copy_schema(from, to);
    prepare_insert(to, &addresses);
    prepare_insert(to, &log);
    if (addresses.rows > 0)
        printf("floor_bulk %.0f ns_of_CPU_a_row\n", write_all(to, &addresses, &log));
    sqlite3_finalize(addresses.insert);
    sqlite3_finalize(log.insert);
    sqlite3_close(from);
    sqlite3_close(to);
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
        unlink(name);
    }
    return 0;
}
