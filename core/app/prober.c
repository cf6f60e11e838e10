/* prober.c - the reach provider of the configuration, opened with its profile.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "app/app_p.h"

void app_open_prober(struct app *a)
{
    const struct profile *p = NULL;
    for (size_t i = 0; a->conf->reach.profile != NULL && i < a->conf->profile_count; i++)
        if (strcmp(a->profiles[i].name, a->conf->reach.profile) == 0)
            p = &a->profiles[i];
    struct plugin *pl = p != NULL ? plugin_find(a->providers, str_from(p->driver)) : NULL;
    if (pl == NULL) { /* none is named, or it was refused, which the log has: nothing is probed */
        prober_use(a->prober, NULL);
        return;
    }
    struct instance_spec spec = { .plugin = pl,
                                  .doc = p->doc,
                                  .options = p->options,
                                  .base = p->base,
                                  .secret = vault_lookup,
                                  .secret_user = a->vault };
    prober_use(a->prober, &spec);
}
