/* serve.h - a plugin served to the daemon over a socket.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef HELPER_SERVE_H
#define HELPER_SERVE_H

#include "provider/load.h"

/* Serves until the daemon closes the socket `fd`, which is taken over. `status` and `err`: how loading went;
 * a plugin that could not be loaded is reported and nothing is served. Returns the exit status. */
int serve(int fd, const struct plugin *plugin, int status, const char *err);

#endif
