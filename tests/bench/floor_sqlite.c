/* floor_sqlite.c - how many allocations a second a bare loop over SQLite makes durable, at 1 and 64 a
 * transaction. Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * floor_sqlite FOLDER: what the storage plugin does for an allocation and nothing else: one address with its
 * indexed columns, one row of the change log, the head. */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECONDS 1.2
#define BODY    120 /* bytes of a packed address, and of its change set */
#define LOG     180

static const char schema[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32768; PRAGMA temp_store=MEMORY;"
    "CREATE TABLE meta(one INTEGER PRIMARY KEY, next_id INTEGER, head INTEGER) STRICT;"
    "INSERT INTO meta VALUES(1, 1, 0);"
    "CREATE TABLE log(rev INTEGER PRIMARY KEY, time INTEGER, body BLOB) STRICT;"
    "CREATE TABLE address(id INTEGER PRIMARY KEY, rev INTEGER, space BLOB, address BLOB, name BLOB, mac BLOB,"
    " claim BLOB, body BLOB) STRICT;"
    "CREATE INDEX address_space ON address(space); CREATE INDEX address_address ON address(address);"
    "CREATE INDEX address_name ON address(name); CREATE INDEX address_mac ON address(mac);"
    "CREATE INDEX address_claim ON address(claim);";

static sqlite3 *db;
static sqlite3_stmt *put, *append, *bookkeep, *begin, *commit;

static void check(int rc, int expected)
{
    if (rc == expected)
        return;
    fprintf(stderr, "floor_sqlite: %s\n", sqlite3_errmsg(db));
    exit(1);
}

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *stmt;

    check(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    return stmt;
}

static void run(sqlite3_stmt *stmt)
{
    check(sqlite3_step(stmt), SQLITE_DONE);
    sqlite3_reset(stmt);
}

static void allocate(int64_t n)
{
    static const uint8_t space[8] = { 0x80, [7] = 1 };
    uint8_t address[5] = { 4, 10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };
    uint8_t mac[6] = {
        2, (uint8_t)(n * 167), (uint8_t)(n * 13), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n
    };
    char name[32], claim[32], body[BODY], log[LOG];
    int name_len = snprintf(name, sizeof(name), "host-%lld", (long long)n);
    int claim_len = snprintf(claim, sizeof(claim), "request-%lld", (long long)n);

    memset(body, 'b', sizeof(body));
    memset(log, 'l', sizeof(log));
    sqlite3_bind_int64(put, 1, n);
    sqlite3_bind_int64(put, 2, n);
    sqlite3_bind_blob(put, 3, space, sizeof(space), SQLITE_STATIC);
    sqlite3_bind_blob(put, 4, address, sizeof(address), SQLITE_STATIC);
    sqlite3_bind_blob(put, 5, name, name_len, SQLITE_STATIC);
    sqlite3_bind_blob(put, 6, mac, sizeof(mac), SQLITE_STATIC);
    sqlite3_bind_blob(put, 7, claim, claim_len, SQLITE_STATIC);
    sqlite3_bind_blob(put, 8, body, sizeof(body), SQLITE_STATIC);
    run(put);
    sqlite3_bind_int64(append, 1, n);
    sqlite3_bind_int64(append, 2, n);
    sqlite3_bind_blob(append, 3, log, sizeof(log), SQLITE_STATIC);
    run(append);
}

static double measure(int batch)
{
    static int64_t n;
    double start = now(), end;
    int64_t count = 0;

    do {
        run(begin);
        for (int i = 0; i < batch; i++)
            allocate(++n);
        sqlite3_bind_int64(bookkeep, 1, n + 1);
        sqlite3_bind_int64(bookkeep, 2, n);
        run(bookkeep);
        run(commit);
        count += batch;
        end = now();
    } while (end - start < SECONDS);
    return (double)count / (end - start);
}

int main(int argc, char **argv)
{
    static const char *const suffixes[] = { "", "-wal", "-shm" };
    char path[4096], name[4200];

    if (argc != 2) {
        fputs("usage: floor_sqlite FOLDER\n", stderr);
        return 64;
    }
    snprintf(path, sizeof(path), "%s/floor_sqlite.%ld", argv[1], (long)getpid());
    check(sqlite3_open(path, &db), SQLITE_OK);
    check(sqlite3_exec(db, schema, NULL, NULL, NULL), SQLITE_OK);
    put = prepare("INSERT INTO address VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
    append = prepare("INSERT INTO log VALUES(?, ?, ?)");
    bookkeep = prepare("UPDATE meta SET next_id=?, head=?");
    begin = prepare("BEGIN IMMEDIATE");
    commit = prepare("COMMIT");
    printf("floor_sqlite_1 %.0f 1/s\n", measure(1));
    printf("floor_sqlite_64 %.0f 1/s\n", measure(64));
    sqlite3_finalize(put);
    sqlite3_finalize(append);
    sqlite3_finalize(bookkeep);
    sqlite3_finalize(begin);
    sqlite3_finalize(commit);
    sqlite3_close(db);
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
        unlink(name);
    }
    return 0;
}
