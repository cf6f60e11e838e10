/* conf_p.h - what the files of this room share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CONF_CONF_P_H
#define CONF_CONF_P_H

#include "conf/conf.h"

/* One file that is read into `conf`, and its problems so far. */
struct reader {
    struct conf *conf;
    const struct json_doc *doc;
    const char *file;
    conf_report report;
    void *user;
    int problems;
};

#define WRONG(r, v, ...)                                                                                     \
    ((r)->problems++,                                                                                        \
     conf_problem(&(struct conf_place){ (r)->doc, (v), (r)->file }, (r)->report, (r)->user, __VA_ARGS__))

/* Adds what one file says; returns the number of problems. */
int conf_read(struct conf *conf, const struct json_doc *doc, const char *file, conf_report report,
              void *user);
/* What holds where no file says anything; after all files, what follows from them. */
void conf_tasks_init(struct conf *c);
void conf_tasks_settle(struct conf *c);
/* The section "tasks" of the file. */
void conf_read_tasks(struct reader *r, const struct json *v);
/* The same of the section "archive". */
void conf_archive_init(struct conf *c);
void conf_read_archive(struct reader *r, const struct json *v);
/* The section "audit", and what is wrong between its entries. */
void conf_read_audit(struct reader *r, const struct json *v);
int conf_check_audit(const struct conf *c, conf_report report, void *user);
/* Judges all files together; `path` is the first. Returns the number of problems. */
int conf_check(const struct conf *c, const char *path, conf_report report, void *user);

#endif
