/* ask.h - a helper that is asked one thing and ends: --describe, --check.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVIDER_ASK_H
#define PROVIDER_ASK_H

#include "provider/provider_p.h"

struct ask;
/* Starts a helper for a plugin, which may reach what `fence` says (fence.h; NULL: nothing but its file), writes `input` to it (emptied; NULL: nothing), and calls `answered` on the loop,
 * later, with all that it printed: 0, or -ETIMEDOUT after 10 s, -EMSGSIZE over 256 KiB, -ECANCELED when providers
 * close, or another -errno. */
void ask_helper(struct providers *p, enum keeper_run how, const char *plugin, const struct sandbox_words *fence,
                struct strbuf *input, void (*answered)(void *user, int status, struct ipam_str output),
                void *user);
/* Answers everything that is still asked with -ECANCELED. */
void ask_cancel_all(struct providers *p);
/* Frees what the keeper will never answer. */
void ask_forget_all(struct providers *p);

#endif
