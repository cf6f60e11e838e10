/* load.h - a plugin's descriptor: from its file, as JSON, and from that JSON.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVIDER_LOAD_H
#define PROVIDER_LOAD_H

#include "provider/kind.h"
#include "provider/options.h"
#include "provider/provider.h"
#include "provider/trust.h"

/* What is known of a plugin. The tables are the host's own copies, in the newest layout. */
struct plugin {
    struct plugin *next;
    char name[PLUGIN_NAME_MAX + 1];
    const char *version, *summary;
    struct plugin_settings settings;
    char problem[PROVIDER_ERR_MAX]; /* why it cannot be used; "" when it can */
    unsigned rank;                  /* closes before those of lower rank */
    unsigned users;                 /* instances and helpers; of a retired one the last frees it */
    bool kept, retired;
    unsigned restarts;   /* of its processes, unasked */
    uint64_t refused;    /* how often one of them tried to reach what is none of its servers */
    uint64_t file_inode; /* of a helper's plugin, as it was described */
    int64_t file_changed_ns;
    struct kind_offer offers[KIND_END]; /* by kind */
    struct kind_tables tables;          /* zero when it runs in a helper */
    struct option_table options;
    const char *const *requires, *const *wants;                          /* NULL-terminated, never NULL */
    void (*check)(struct ipam_inst *inst, const struct ipam_host *host); /* or NULL; not in a helper's */
    bool has_check;                                                      /* also of a plugin in a helper */
    struct arena arena;
};

/* Trust checks, dlopen and checks of the descriptor of DIR/NAME.so. 0 with a zeroed *pl filled, or IPAM_E_*
 * with the reason and what to do. A module once loaded stays loaded. */
int plugin_load(const char *dir, const char *name, struct plugin *pl, char *err);
/* The checks of a descriptor alone, which `d` is as the module gave it. */
int plugin_examine(const char *name, const struct ipam_plugin *d, struct plugin *pl, char *err);
/* One of which nothing is known but its name. */
void plugin_blank(struct plugin *pl, const char *name);
void plugin_fini(struct plugin *pl);

/* The descriptor as `ipam-provider-host --describe` prints it, and back. `err` of the reader: why it cannot
 * be used. */
void plugin_describe(const struct plugin *pl, struct strbuf *out);
void plugin_describe_failure(const char *name, int status, const char *reason, struct strbuf *out);
int plugin_from_description(const char *name, struct ipam_str json, struct plugin *pl, char *err);

#endif
