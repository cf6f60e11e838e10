/* look.c - ipamd --check-storage: what is stored, looked at without changing it; one JSON object a line.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <sysexits.h>

#include "app/alone.h"
#include "app/app_p.h"
#include "base/json.h"
#include "record/record.h"

static void print(const void *rec)
{
    struct json_writer w;
    struct strbuf line;
    strbuf_init(&line, 64u << 10);
    jw_init(&w, &line);
    record_to_json(rec, NULL, &w);
    strbuf_putc(&line, '\n');
    fwrite(line.data, 1, line.len, stdout);
    strbuf_fini(&line);
}

static void on_stat(void *user, const struct ipam_stat *stat)
{
    (void)user;
    print(stat);
}

static void on_check(void *user, const struct ipam_check *check)
{
    (void)user;
    print(check);
}

/* The opening, as a check among the others. */
static void print_open(int status, const char *message)
{
    struct ipam_check check;
    char code[16];
    record_init(&check, IPAM_T_CHECK);
    snprintf(code, sizeof(code), "%d", status);
    RECORD_SET(&check, IPAM_CHECK_CHANNEL, channel, IPAM_STR("open"));
    RECORD_SET(&check, IPAM_CHECK_STATE, state,
               status == 0                                          ? IPAM_CHECK_STATE_OK
               : status == IPAM_E_NOENT || status == IPAM_E_CHANGED ? IPAM_CHECK_STATE_MISSING
               : status == IPAM_E_ACCESS                            ? IPAM_CHECK_STATE_DENIED
                                                                    : IPAM_CHECK_STATE_ERROR);
    RECORD_SET(&check, IPAM_CHECK_CODE, code, str_from(code));
    RECORD_SET(&check, IPAM_CHECK_MESSAGE, message, str_from(status == 0 ? "it can be opened" : message));
    print(&check);
}

static void on_verified(void *user, int status, const char *message)
{
    struct alone *a = user;
    if (status != 0 && status != IPAM_E_UNSUPPORTED)
        print_open(status, message);
    alone_end(a, 0);
}

static void on_stats(void *user, int status, const char *message)
{
    struct alone *a = user;
    (void)status;
    (void)message;
    store_verify(a->store, on_check, on_verified, a);
}

static void on_opened(struct alone *a, int status, const char *message)
{
    print_open(status, message);
    if (status != 0)
        alone_end(a, 0);
    else
        store_stat(a->store, on_stat, on_stats, a);
}

int app_look(struct conf *conf, conf_report report, void *user)
{
    struct alone a = {
        .conf = conf, .as_is = true, .report = report, .report_user = user, .opened = on_opened
    };
    return app_enter_sandbox_alone(conf) ? alone_run(&a) : EX_CONFIG;
}
