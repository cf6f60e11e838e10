/* options.h - a plugin's option table, and the values one instance is opened with.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVIDER_OPTIONS_H
#define PROVIDER_OPTIONS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/json.h"
#include "ipam/options.h"
#include "provider/option_problem.h"
#include "provider/wire.h"

#define OPTIONS_MAX      64    /* options of one plugin */
#define OPTION_TEXT_MAX  4096  /* bytes of a text, or of one item of a list */
#define OPTION_ITEMS_MAX 1000  /* of a list */
#define SECRET_MAX       65536 /* bytes of one secret: a PEM chain fits */

/* The host's own copy of a table, which a plugin cannot change afterwards. */
struct option_table {
    struct ipam_option *items;
    unsigned count;
};

/* Copies a plugin's table (NULL: empty) and checks it: names, kinds, ranges, defaults. 0 or IPAM_E_CONFIG
 * with the reason. */
int option_table_copy(const struct ipam_option *const *table, struct arena *a, struct option_table *ret,
                      char *err);
const struct ipam_option *option_table_find(const struct option_table *t, struct ipam_str name);
const char *option_kind_name(uint32_t kind); /* "text", "int", ...; NULL for none of IPAM_OPT_* */
bool option_has_range(uint32_t kind);        /* min and max mean something */

/* Calls `problem` for everything wrong in a JSON options object (NULL: empty); returns the number of problems.
 * Options that `base` has, or all when `partial`, may be missing. */
int options_check(const struct option_table *t, const struct json_doc *doc, const struct json *options,
                  const struct json *base, bool partial, option_problem problem, void *user);

struct option_value {
    bool present;
    int64_t number;         /* INT, BOOL, DURATION */
    struct ipam_str text;   /* TEXT, ENUM, PATH, ADDRESS, PREFIX; of a SECRET its name */
    struct ipam_strs items; /* LIST */
    uint8_t *secret;        /* SECRET: its bytes while `open` runs, else NULL */
    size_t secret_len;
};
struct options {
    const struct option_table *table;
    struct option_value *values; /* one for each item of the table */
    struct arena arena;          /* texts */
};

/* Values from JSON objects (NULL: none given) that options_check passed: of `options`, else of `base`, else the
 * default. */
void options_init(struct options *o, const struct option_table *t, const struct json *options,
                  const struct json *base);
/* The same values, secrets apart: two sets that name any are different. */
bool options_same(const struct options *a, const struct options *b);
/* A copy without secrets. */
void options_clone(struct options *o, const struct options *from);
/* Wipes and frees; a zeroed struct is well. */
void options_fini(struct options *o);
/* Looks every secret up. IPAM_E_CONFIG with the reason when one is not known. */
int options_load_secrets(struct options *o,
                         int (*lookup)(void *user, const char *name, uint8_t *buf, size_t cap), void *user,
                         char *err);
void options_wipe_secrets(struct options *o);
/* Whether an option names this secret. */
bool options_name_secret(const struct options *o, struct ipam_str name);
/* Puts *** over each secret that is still there and occurs in the text. */
void options_redact(const struct options *o, char *text);

/* The accessors of ipam/host.h. */
int32_t options_text(const struct options *o, const char *name, struct ipam_str *ret);
int32_t options_int(const struct options *o, const char *name, int64_t *ret);
int32_t options_secret(const struct options *o, const char *name, struct ipam_bytes *ret);
int32_t options_list(const struct options *o, const char *name, struct ipam_strs *ret);
int32_t options_addr(const struct options *o, const char *name, struct ipam_addr *ret);
int32_t options_prefix(const struct options *o, const char *name, struct ipam_prefix *ret);

/* To a helper and there: values travel by name, secrets included. The written bytes hold secrets: make room
 * for all of them first, because growing leaves copies behind, and wipe them. */
size_t options_size(const struct options *o);
void options_write(const struct options *o, struct strbuf *out);
/* IPAM_E_PROTO when the bytes are malformed or do not fit the table. */
int options_read(struct options *o, const struct option_table *t, struct wire_reader *r);

#endif
