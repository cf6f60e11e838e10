/* stack.h - the plugins of a configuration: loaded, checked, then put to use together or not at all.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_STACK_H
#define APP_STACK_H

#include "conf/conf.h"
#include "provider/provider.h"

struct stack;
/* Loads the plugins of a configuration beside those in use, and checks the options of storage, plugins and
 * profiles, by their tables and then by the plugins themselves. Every problem goes to `report`. `ready` comes
 * later, on the loop. The configuration must live until stack_use or stack_drop. */
struct stack *stack_prepare(struct providers *p, const struct conf *conf, conf_report report,
                            void *report_user, void (*ready)(void *user, struct stack *s), void *user);
/* All problems; and those with which ipamd cannot run: of options, of storage, of a critical plugin. */
unsigned stack_problems(const struct stack *s);
unsigned stack_fatal(const struct stack *s);
struct plugin *stack_storage(const struct stack *s);
/* From now on these plugins are in use; or they are not. */
void stack_use(struct stack *s);
void stack_drop(struct stack *s);

/* The options that a plugin has for all of its profiles; its doc is NULL when there are none. */
struct conf_place stack_base(const struct conf *conf, const char *plugin);

#endif
