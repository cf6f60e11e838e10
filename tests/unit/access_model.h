/* access_model.h - access control as a model that knows neither paths nor tries: it looks at everything each time.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef ACCESS_MODEL_H
#define ACCESS_MODEL_H

#include "access_world.h"

#define SCOPES  24
#define THINGS  60
#define PAIRS   12
#define ROLES   3
#define OPERATIONS 320 /* more than there are */
#define LEVELS  8 /* /Global counted */

enum kind { SPACE, BLOCK, SUBNET, RANGE, ADDRESS, KINDS };

struct scope {
    bool there;
    int64_t id;
    int parent; /* -1: of /Global */
    char label[8];
};
struct thing {
    bool there;
    enum kind kind;
    int64_t id;
    int space; /* 0 the default one, 1 another */
    unsigned first, last; /* host numbers, 0 to 255 */
    int own;   /* scope, -1: inherits */
};
struct pair {
    bool there;
    int64_t id;
    int role; /* below ROLES: a custom one; else a built-in one or group, from ROLES on */
    int scope;
    int64_t from, until;
};

struct model {
    struct world w;
    struct scope scopes[SCOPES]; /* 0 is /Global */
    struct thing things[THINGS]; /* 0 and 1 are spaces */
    struct pair pairs[PAIRS];
    bool custom[ROLES][OPERATIONS];
    size_t hidden, denied, allowed, refused;
};

size_t operation_count(void);
/* Whether a scope is another one, or in it; how deep it is, /Global being 1; how many levels are below it. */
bool within(const struct model *m, int scope, int in);
int level(const struct model *m, int scope);
int height(const struct model *m, int top);
/* The scope that a thing is in. */
int effective(const struct model *m, const struct thing *t);
/* The role of that number, from ROLES on; whether it is a fixed group. */
const struct role *built_in(int role);
bool is_group(int role);
/* `at`: the scope of the object, -1: it is on none. A token narrows to a role (-1: any) and a scope (0: no narrower). */
enum access_verdict verdict(const struct model *m, const struct operation *op, int at, int64_t now, bool token,
                            int role, int scope);

#endif
