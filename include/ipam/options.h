/* options.h - the options a plugin declares; the host reads, checks and documents them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef IPAM_OPTIONS_H
#define IPAM_OPTIONS_H

#include <stdint.h>

#define IPAM_OPT_TEXT     1 /* any text */
#define IPAM_OPT_INT      2 /* integer in [min, max] */
#define IPAM_OPT_BOOL     3 /* true or false */
#define IPAM_OPT_ENUM     4 /* one of `names` */
#define IPAM_OPT_DURATION 5 /* "5s", "250ms"; read with option_int in milliseconds, in [min, max] */
#define IPAM_OPT_PATH     6 /* an absolute path. The process of the plugin may open it, what is below it, and read its folder */
#define IPAM_OPT_SECRET   7 /* { "secret": "NAME" }: the host looks the name up; never a value in the file */
#define IPAM_OPT_ADDRESS  8 /* "10.0.0.1", "2001:db8::1" */
#define IPAM_OPT_PREFIX   9 /* "10.0.0.0/8", without host bits */
#define IPAM_OPT_LIST                                                                                        \
    10 /* a list of texts, [min, max] of them, at most 1000; its default is written with commas */

#define IPAM_OPT_REQUIRED 1u
/* INT: a TCP port that an instance connects to. The process of a plugin with such options may connect to the ports
 * that they name, and to no others. */
#define IPAM_OPT_PORT 2u
/* TEXT, ADDRESS, LIST: a name or an address (of a LIST each item) that an instance connects to beside its
 * server, such as a proxy or a second server. The process of a plugin reaches its server and these, and no
 * others. */
#define IPAM_OPT_SERVER 4u

/* One option. A plugin's table is a NULL-terminated array of pointers to these. */
struct ipam_option {
    uint32_t size, kind; /* sizeof; IPAM_OPT_* */
    uint32_t flags;      /* IPAM_OPT_REQUIRED, IPAM_OPT_PORT, IPAM_OPT_SERVER */
    const char *name;    /* snake_case */
    const char *def;     /* default as it would be written in the file, or NULL: absent */
    int64_t min, max;
    const char *const *names; /* ENUM: NULL-terminated */
    const char *help;         /* one line */
};

#endif
