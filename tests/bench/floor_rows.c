/* floor_rows.c - the least that rows cost: read out of SQLite, and read out of it and written as JSON.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * floor_rows read FILE: every column of every address in a database of ipamd, as its start must read them.
 * floor_rows json FOLDER ROWS: addresses out of plain columns, written as JSON objects like those of a list, in
 * pages of PAGE found by id. Both print nanoseconds of CPU time a row. */
#include <arpa/inet.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAGE 1000

static sqlite3 *db;

static void check(int rc, int expected)
{
    if (rc == expected)
        return;
    fprintf(stderr, "floor_rows: %s\n", sqlite3_errmsg(db));
    exit(1);
}

static double cpu(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *stmt;

    check(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    return stmt;
}

static int read_all(const char *file)
{
    double start;
    uint64_t rows = 0, bytes = 0;
    sqlite3_stmt *s;

    check(sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    start = cpu();
    s = prepare("SELECT * FROM address");
    while (sqlite3_step(s) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(s); i++) {
            sqlite3_column_blob(s, i);
            bytes += (uint64_t)sqlite3_column_bytes(s, i);
        }
        rows++;
    }
    sqlite3_finalize(s);
    printf("floor_read %.1f ns a row, %llu bytes\n", (cpu() - start) / (double)(rows ? rows : 1),
           (unsigned long long)bytes);
    sqlite3_close(db);
    return 0;
}

static void fill(int64_t rows)
{
    sqlite3_stmt *put;

    check(sqlite3_exec(db,
                       "PRAGMA journal_mode=WAL; BEGIN; CREATE TABLE address(id INTEGER PRIMARY KEY, rev INTEGER,"
                       " space INTEGER, address BLOB, name TEXT, mac BLOB, managed TEXT, subnet INTEGER) STRICT;",
                       NULL, NULL, NULL),
          SQLITE_OK);
    put = prepare("INSERT INTO address VALUES(?, ?, 1, ?, ?, ?, 'ipamd', 2)");
    for (int64_t n = 1; n <= rows; n++) {
        uint8_t address[4] = { 10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };
        uint8_t mac[6] = { 2, 0, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };
        char name[32];
        int len = snprintf(name, sizeof(name), "host-%lld", (long long)n);

        sqlite3_bind_int64(put, 1, n);
        sqlite3_bind_int64(put, 2, n);
        sqlite3_bind_blob(put, 3, address, sizeof(address), SQLITE_TRANSIENT);
        sqlite3_bind_text(put, 4, name, len, SQLITE_TRANSIENT);
        sqlite3_bind_blob(put, 5, mac, sizeof(mac), SQLITE_TRANSIENT);
        check(sqlite3_step(put), SQLITE_DONE);
        sqlite3_reset(put);
    }
    sqlite3_finalize(put);
    check(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
}

static int print_row(sqlite3_stmt *s, char *out, size_t cap)
{
    const uint8_t *mac = sqlite3_column_blob(s, 5);
    char address[INET6_ADDRSTRLEN];

    inet_ntop(AF_INET, sqlite3_column_blob(s, 3), address, sizeof(address));
    return snprintf(out, cap,
                    "{\"id\":%lld,\"rev\":%lld,\"space\":%lld,\"address\":\"%s\",\"name\":\"%s\","
                    "\"mac\":\"%02x:%02x:%02x:%02x:%02x:%02x\",\"managed_by\":\"%s\",\"parent\":%lld},",
                    sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1), sqlite3_column_int64(s, 2), address,
                    sqlite3_column_text(s, 4), mac[0], mac[1], mac[2], mac[3], mac[4], mac[5],
                    sqlite3_column_text(s, 6), sqlite3_column_int64(s, 7));
}

static int json(const char *folder, int64_t rows)
{
    static char page[PAGE * 512];
    char path[4096], name[4200];
    double start;
    uint64_t bytes = 0, count = 0;
    int64_t after = 0;
    sqlite3_stmt *s;

    snprintf(path, sizeof(path), "%s/floor_rows.%ld", folder, (long)getpid());
    check(sqlite3_open(path, &db), SQLITE_OK);
    fill(rows);
    start = cpu();
    s = prepare("SELECT * FROM address WHERE id > ? ORDER BY id LIMIT 1000");
    for (size_t got = PAGE; got == PAGE;) {
        size_t len = 0;

        sqlite3_bind_int64(s, 1, after);
        for (got = 0; sqlite3_step(s) == SQLITE_ROW; got++) {
            after = sqlite3_column_int64(s, 0);
            len += (size_t)print_row(s, page + len, sizeof(page) - len);
        }
        sqlite3_reset(s);
        bytes += len;
        count += got;
    }
    printf("floor_json %.1f ns a row, %llu bytes\n", (cpu() - start) / (double)(count ? count : 1),
           (unsigned long long)bytes);
    sqlite3_finalize(s);
    sqlite3_close(db);
    for (int i = 0; i < 3; i++) {
        static const char *const suffixes[] = { "", "-wal", "-shm" };
        snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
        unlink(name);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "read") == 0)
        return read_all(argv[2]);
    if (argc == 4 && strcmp(argv[1], "json") == 0)
        return json(argv[2], atoll(argv[3]));
    fputs("usage: floor_rows read FILE | json FOLDER ROWS\n", stderr);
    return 64;
}
