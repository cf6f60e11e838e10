/* watch.h - change follow: the changes as they come, without a gap however often the connection breaks.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include "cli/nouns.h"

int verb_follow(struct cli *c, const struct command *cmd);

/* Takes a stream of server-sent events apart (WHATWG HTML, 9.2.6), as it is cut. */
struct events {
    struct strbuf line, data;
    char name[32], id[24]; /* of the event that is being read; id: the last one that was given */
    /* One event; false ends the reading. */
    bool (*event)(void *user, const char *name, const char *id, struct ipam_str data);
    void *user;
};
void events_init(struct events *e,
                 bool (*event)(void *user, const char *name, const char *id, struct ipam_str data),
                 void *user);
void events_fini(struct events *e);
/* Forgets an event that was not whole when the connection broke. */
void events_reset(struct events *e);
/* False: enough, or an event that is too large. */
bool events_feed(struct events *e, const char *bytes, size_t len);

#endif
