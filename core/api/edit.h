/* edit.h - one edit over many objects of DHCP servers: what was asked for, and what it makes of each.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Selected by a list and its parameters; edited by words on their properties and options; planned with a step each, on
 * several servers as parts of one plan. */
#ifndef API_EDIT_H
#define API_EDIT_H

#include "api/list.h"
#include "api/noting.h"
#include "api/queries.h"
#include "model/edit.h"

#define EDIT_MOST     32     /* edits of one request */
#define EDIT_OBJECTS  200000 /* objects of one request */
#define EDIT_SHOWN    1000   /* changes that a dry run shows */
#define EDIT_KEY_MOST 1024
#define EDIT_BOTH     9 /* in keys: of no protocol alone */

/* One of them. */
struct one_edit {
    struct field_edit edit; /* of the object, or of its option */
    bool option;
    int64_t code; /* of the option; -1: by its name */
    struct ipam_str name, space;
    bool known; /* some server has an option of that name */
};

/* What can be selected, and who may change it. */
struct edit_kind {
    uint32_t type, owner;       /* as of option_value */
    const char *list;           /* its path */
    const char *changes, *sets; /* operations: on its properties, on its options */
    const char *many;           /* "scopes" */
};

/* What is edited on one server; as many as there are groups of steps. */
struct edit_group {
    size_t from, count;      /* its objects */
    struct smap options;     /* option_value rows, by whose and which */
    struct smap definitions; /* codes of options by name */
};

struct edit_object {
    int64_t server, id;
    const void *rec; /* of what is not resident: as it was read */
};

struct edit_work {
    struct noting noting; /* first: c->work */
    struct call *c;
    const struct edit_kind *kind;
    struct one_edit edits[EDIT_MOST];
    size_t edit_count;
    bool fields, options, names; /* some are of these */
    bool dry;
    struct list list;    /* which objects are meant */
    struct as_call call; /* the call as it is, while it is one of that list */
    struct edit_object *objects;
    size_t count, room;
    struct edit_group *groups;
    struct arena rows; /* what was read of storage */
    void (*selected)(struct edit_work *w);
    size_t at, to; /* objects of the change set under way, all of one group */
    struct arena page;
    /* of a dry run */
    size_t group;
    int64_t changed, total;
    struct loop_work turn;
    struct json_writer told;
};

/* Behind its last object. */
static inline size_t edit_behind(const struct edit_group *g)
{
    return g->from + g->count;
}

/* edit_read.c: the request, from c->doc; an error with the problem. */
int edit_read(struct edit_work *w);
/* edit_select.c: which objects; then w->selected, or the call is answered. */
void edit_select(struct edit_work *w);
/* With the partners' of those that are in a pair; by server, first ones before second ones. An error with the problem,
 * also when one of them may not be changed. */
int edit_group(struct edit_work *w);
/* edit_object.c: what becomes of one: changes, in the arena of the page; how many. */
size_t edit_changes(struct edit_work *w, const struct edit_group *g, const void *rec,
                    struct server_change **ret);
/* The object as it is now; NULL: it is gone. */
const void *edit_object_now(const struct edit_work *w, const struct view *v, const struct edit_object *o);
/* What names an option's value among those of a server, and an option by its name. */
struct ipam_str edit_value_key(const struct ipam_option_value *o, char buf[EDIT_KEY_MOST]);
struct ipam_str edit_name_key(uint32_t family, struct ipam_str space, struct ipam_str name,
                              char buf[EDIT_KEY_MOST]);
/* edit_load.c: reads options and their definitions of all servers; then `done`, or the call is answered. */
void edit_load(struct edit_work *w, void (*done)(struct edit_work *w));
/* edit_dry.c: answers with what would be planned. */
void edit_tell(struct edit_work *w);
/* Answers with what is wrong. */
void edit_refuse(struct edit_work *w);

#endif
