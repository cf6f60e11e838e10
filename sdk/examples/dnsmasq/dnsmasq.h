/* dnsmasq.h - what the files of this provider share: options, a call, the configuration as it was read.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef DNSMASQ_H
#define DNSMASQ_H

#include <ipam/plugin.h>

#define PATH_BYTES     1024
#define WHY_BYTES      900  /* of a message; 1024 may cross the line */
#define FILES_MAX      1000 /* of a configuration, and of a folder */
#define PARTS_MAX      64
#define HOST_IDS_MAX   16
#define HOST_ADDRS_MAX 64 /* IPv6 addresses of one dhcp-host */
#define ROUTERS_MAX    16
#define TAGS_MAX       16

struct options {
    char config[PATH_BYTES];
    char leases[PATH_BYTES]; /* empty: what the configuration says */
    struct ipam_prefix *networks;
    size_t network_count;
    struct ipam_addr address; /* where it answers DNS */
    int64_t port;             /* 0: what the configuration says */
    int64_t timeout_ms;
};

/* One instance. */
struct provider {
    const struct ipam_host *host;
    struct ipam_inst *inst;
    struct options options;
    uint64_t said[4]; /* what was logged last, one a `struct notice`: said again only when it changes */
};

/* Lines that were not taken: the first of them, and how many. */
struct notice {
    unsigned count;
    char first[WHY_BYTES];
};
enum { NOTICE_CONFIG, NOTICE_PASSED, NOTICE_LEASES };

struct part {
    char *text;
    int quoted; /* some of it was between quotes: `:` in it means nothing */
};

/* One line of a configuration file, in parts between commas. */
struct statement {
    const char *file;
    size_t line;
    char *value; /* as it was written */
    struct part parts[PARTS_MAX];
    size_t count;
    const char *wrong;  /* set by a parser: why it cannot be understood */
    const char *passed; /* set by a parser: why it makes nothing here */
    int makes;          /* set by a parser: something was made of it */
};

struct range {
    struct range *next;
    struct ipam_prefix prefix;
    struct ipam_addr first, last;
    int fixed;        /* no address is given from it but to hosts */
    int64_t seconds;  /* lease time; -1: the server's default */
    const char *set;  /* its tag, or NULL */
    const char *text; /* as written */
    struct scope *scope;
};

struct ident {
    int is_id; /* a client identifier or DUID, not a hardware address */
    size_t len;
    const uint8_t *bytes;
};
struct dhcp_host {
    struct dhcp_host *next;
    struct ident ids[HOST_IDS_MAX];
    size_t id_count;
    struct ipam_addr v4;
    struct ipam_addr *v6; /* HOST_ADDRS_MAX, or NULL */
    size_t v6_count;
    const char *name;
    int ignore, more; /* never served; it says more than a reservation holds */
    const char *text;
};

struct route { /* a dhcp-option 3 */
    struct route *next;
    const char *tags[TAGS_MAX];
    size_t tag_count;
    struct ipam_addr routers[ROUTERS_MAX];
    size_t count;
};

struct scope {
    struct ipam_prefix prefix;
    char native[64];
    const char *name;
    int64_t seconds; /* -1: the server's default */
};

struct config {
    struct range *ranges, **ranges_end;
    struct dhcp_host *hosts, **hosts_end;
    struct route *routes, **routes_end;
    struct scope *scopes;
    size_t scope_count;
    char leases[PATH_BYTES];
    int64_t port;
    int leases_elsewhere; /* leasefile-ro */
    uint64_t digest;
    unsigned files, depth;
    struct seen *seen;
};

struct call {
    struct provider *p;
    const struct ipam_host *host;
    struct ipam_req *req;
    struct ipam_outcome outcome;
    struct config conf;
    struct notice notices[3];
    char why[WHY_BYTES]; /* the message of a failure */
    char cursor[64], token[17];
};

/* call.c */
void call_begin(struct call *c, void *ctx, struct ipam_req *req);
void call_end(struct call *c, int32_t status);
int32_t call_emit(struct call *c, const void *record);
void record_begin(void *record, size_t size, uint32_t type);
struct ipam_str str(const char *text);
int str_same(struct ipam_str a, const char *b);
int64_t now_ms(void); /* wall clock, since 1970 */
void notice_add(struct call *c, int which, const char *file, size_t line, const char *what);
void notice_say(struct call *c, int which, int32_t level, const char *event);
int32_t notice_fail(struct call *c, int which); /* IPAM_OK, or what ends the call for such lines */
/* Sets c->why from printf's format and returns status. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
int32_t
fail(struct call *c, int32_t status, const char *format, ...);

/* file.c: all of a text file, whose last line has its end. `from`: what names the path, for messages. */
int32_t file_read(struct call *c, const char *path, const char *from, char **ret);
/* The paths of a folder's files in alphabetical order; of a conf-dir (s, else NULL) those that it wants. */
int32_t file_list(struct call *c, const char *path, const char *from, const struct statement *s, char ***ret,
                  size_t *ret_count);

/* text.c: parsers return 0, or -1 when the text is none. */
const char *text_after(const char *text,
                       const char *word);            /* what follows the word it begins with, or NULL */
const char *text_tag(const char *text);              /* the tag in `tag:NAME`, or NULL */
int text_lease_time(const char *text, int64_t *ret); /* seconds */
char *text_line(char **at);                          /* cuts the next line off; NULL: no more */
int text_is_white(char c);
int text_address(const char *text, struct ipam_addr *ret);
int text_prefix(const char *text, struct ipam_prefix *ret);
int text_number(const char *text, int64_t max, int64_t *ret);
int text_hex(const char *text, uint8_t *ret, size_t max, size_t *ret_len);
int text_plain(const char *text, size_t max); /* printable ASCII, which is UTF-8, of 1 to max bytes */
int address_compare(const struct ipam_addr *a, const struct ipam_addr *b);
int prefix_has(const struct ipam_prefix *p, const struct ipam_addr *a);
void prefix_of(const struct ipam_addr *a, unsigned length, struct ipam_prefix *ret);

/* line.c: a line is cut in place; s->wrong says why it cannot be. */
char *line_trim(char *text);
void line_uncomment(char *line);
void line_cut(char *value, struct statement *s);

/* conf.c: reads all files of the configuration into c->conf. */
int32_t conf_read(struct call *c);
void conf_digest(struct config *conf, const char *text);

/* scopes.c: made of the ranges that were read. */
int32_t conf_scopes(struct call *c);
const struct route *conf_route(const struct config *conf, const struct scope *s);     /* or NULL */
const struct scope *conf_scope(const struct config *conf, const struct ipam_addr *a); /* or NULL */

/* ranges.c, hosts.c: the statements that make rows. */
int32_t parse_range(struct call *c, struct statement *s);
int32_t parse_host(struct call *c, struct statement *s);
int32_t parse_option(struct call *c, struct statement *s);

/* The operations: probe.c, rows.c, leases.c. */
void op_probe(void *ctx, struct ipam_req *req);
void op_read_config(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args);
void op_read_leases(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args);

/* Where the leases are: the option, or what the configuration read before says. */
const char *leases_path(const struct call *c);

#endif
