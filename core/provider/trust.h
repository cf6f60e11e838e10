/* trust.h - whether a plugin's file may be loaded.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Code that is loaded has every right of this process, so only files that nobody but root (or the user who
 * starts us) can have put there are: no path from configuration, no symbolic link, nothing writable by others
 * on the way. */
#ifndef PROVIDER_TRUST_H
#define PROVIDER_TRUST_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "provider/reason.h"

#define PLUGIN_NAME_MAX 32

/* True for a bare plugin name: [a-z0-9-]{1,32}. */
bool trust_name(const char *name);

/* Checks the name, DIR/NAME.so, each folder above it, and the ELF header. 0 with the path, or with the reason
 * and what to do in err: IPAM_E_INVAL (name), IPAM_E_NOENT (no such file), IPAM_E_ACCESS (not trusted),
 * IPAM_E_CONFIG (no loadable module). */
int trust_check(const char *dir, const char *name, char ret_path[PATH_MAX], char *err);

#endif
