/* option_problem.h - how problems of options are told.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVIDER_OPTION_PROBLEM_H
#define PROVIDER_OPTION_PROBLEM_H

#include <stdint.h>

/* One problem and its place in the file. */
typedef void (*option_problem)(void *user, uint32_t line, uint32_t column, const char *message);

#endif
