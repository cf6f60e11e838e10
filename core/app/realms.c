/* realms.c - the identity providers of the configuration, opened with their profiles.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "app/app_p.h"

static const struct profile *profile_of(const struct app *a, const char *name)
{
    for (size_t i = 0; i < a->conf->profile_count; i++)
        if (strcmp(a->profiles[i].name, name) == 0)
            return &a->profiles[i];
    return NULL;
}

void app_open_realms(struct app *a)
{
    struct realm_want *wants = xcalloc(a->conf->identity_count + 1, sizeof(wants[0]));
    size_t count = 0;
    for (size_t i = 0; i < a->conf->identity_count; i++) {
        const struct conf_identity *id = &a->conf->identities[i];
        const struct profile *p = profile_of(a, id->profile);
        struct plugin *pl = p != NULL ? plugin_find(a->providers, str_from(p->driver)) : NULL;
        if (pl == NULL)
            continue; /* refused, which the log has: nobody signs in by it */
        wants[count].name = id->name;
        wants[count].spec = (struct instance_spec){ .plugin = pl,
                                                    .doc = p->doc,
                                                    .options = p->options,
                                                    .base = p->base,
                                                    .secret = vault_lookup,
                                                    .secret_user = a->vault };
        count++;
    }
    realms_use(identities_realms(a->identities), wants, count);
    free(wants);
}
