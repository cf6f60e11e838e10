/* depend.h - which plugins have what they require, and in which order they close. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVIDER_DEPEND_H
#define PROVIDER_DEPEND_H

#include "provider/load.h"

/* One of a set of plugins. */
struct depend {
    const struct plugin *plugin;
    char problem[PROVIDER_ERR_MAX]; /* not empty on entry: it cannot be used, and serves nobody */
    unsigned rank;                  /* above the ranks of all that it requires or wants */
};
/* Fills in problems and ranks. What nobody offers but the plugin itself does not count. Plugins that require
 * each other in a circle cannot be used; a circle that is closed by a want alone is cut there. */
void depend_resolve(struct depend *set, size_t count);

#endif
