/* floor_http.c - the least that a durable POST can cost: HTTP, one append and one fdatasync a batch.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * floor_http FILE [ADDRESS]: prints its port and serves until SIGTERM or SIGINT. GET is answered at once. The
 * POSTs that wait are one batch: RECORD bytes a request are appended to FILE and synced on a thread, then all
 * are answered. No JSON, no state: what ipamd costs above it is ipamd's. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lane.h"
#include "http/http.h"

#define RECORD 200
#define BATCH_MAX 2048

static struct {
    struct loop *loop;
    struct lane *lane;
    struct http_server *server;
    uv_signal_t signals[2];
    int fd;
    struct loop_work start;
    struct lane_work work;
    bool busy; /* `start` is posted or `work` under way */
    struct http_request *waiting[BATCH_MAX], *batch[BATCH_MAX];
    unsigned waiting_count, batch_count;
    uint64_t batches, requests;
    int error;
} floor_;

/* On the lane. */
static void sync_batch(struct lane_work *w, unsigned thread)
{
    static char records[BATCH_MAX * RECORD];
    size_t len = (size_t)floor_.batch_count * RECORD;

    (void)w;
    (void)thread;
    memset(records, 'r', len);
    floor_.error = write(floor_.fd, records, len) != (ssize_t)len || fdatasync(floor_.fd) ? errno : 0;
}

static void answer(struct http_request *req)
{
    static const struct http_header type = { IPAM_STR("Content-Type"), IPAM_STR("text/plain") };

    http_respond(req, floor_.error ? 507 : 200, &type, 1, IPAM_STR("ok\n"));
}

static void start_batch(struct loop_work *w);

static void on_synced(struct lane_work *w, bool canceled)
{
    (void)w;
    (void)canceled;
    floor_.batches++;
    floor_.requests += floor_.batch_count;
    for (unsigned i = 0; i < floor_.batch_count; i++)
        answer(floor_.batch[i]);
    floor_.busy = false;
    if (floor_.waiting_count)
        start_batch(NULL);
}

/* Posted, so that the requests of one turn of the loop share a batch. */
static void start_batch(struct loop_work *w)
{
    (void)w;
    floor_.busy = true;
    memcpy(floor_.batch, floor_.waiting, floor_.waiting_count * sizeof(floor_.batch[0]));
    floor_.batch_count = floor_.waiting_count;
    floor_.waiting_count = 0;
    floor_.work.run = sync_batch;
    floor_.work.done = on_synced;
    if (lane_submit(floor_.lane, &floor_.work))
        abort(); /* one batch at a time: the queue has room for it */
}

static void on_request(void *user, struct http_request *req)
{
    (void)user;
    if (req->method != HTTP_POST_) {
        answer(req);
        return;
    }
    if (floor_.waiting_count == BATCH_MAX) {
        http_respond(req, 503, NULL, 0, IPAM_STR("too many requests wait\n"));
        return;
    }
    floor_.waiting[floor_.waiting_count++] = req;
    if (!floor_.busy) {
        floor_.busy = true;
        loop_post(floor_.loop, &floor_.start, start_batch);
    }
}

static void on_lane_closed(void *user)
{
    (void)user;
    loop_stop(floor_.loop);
}

static void on_server_closed(void *user)
{
    (void)user;
    lane_close(floor_.lane, on_lane_closed, NULL);
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)handle;
    (void)number;
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&floor_.signals[i], NULL);
    http_server_close(floor_.server, 2000, on_server_closed, NULL);
}

int main(int argc, char **argv)
{
    static const int numbers[] = { SIGTERM, SIGINT };
    uint16_t port = 0;
    char err[256];

    if (argc < 2) {
        fprintf(stderr, "usage: floor_http FILE [ADDRESS:PORT]\n");
        return 2;
    }
    floor_.fd = open(argv[1], O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    if (floor_.fd < 0) {
        perror(argv[1]);
        return 1;
    }
    floor_.loop = loop_new();
    floor_.lane = floor_.loop ? lane_new(floor_.loop, "sync", 1, 1) : NULL;
    if (!floor_.lane) {
        fprintf(stderr, "floor_http: no loop or no thread\n");
        return 1;
    }
    floor_.server = http_server_new(floor_.loop, &http_limits_default, on_request, NULL);
    if (http_listen_tcp(floor_.server, argc > 2 ? argv[2] : "127.0.0.1:0", &port, err, sizeof(err))) {
        fprintf(stderr, "floor_http: %s\n", err);
        return 1;
    }
    for (int i = 0; i < 2; i++) {
        uv_signal_init(loop_uv(floor_.loop), &floor_.signals[i]);
        uv_signal_start(&floor_.signals[i], on_signal, numbers[i]);
    }
    printf("%u\n", port);
    fflush(stdout);
    loop_run(floor_.loop);
    loop_free(floor_.loop);
    close(floor_.fd);
    printf("%" PRIu64 " requests in %" PRIu64 " batches\n", floor_.requests, floor_.batches);
    return 0;
}
