/* reason.c - why something was refused, as a sentence for people.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider/reason.h"

#include <stdarg.h>
#include <stdio.h>

int refuse(int status, char *err, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(err, PROVIDER_ERR_MAX, fmt, ap);
    va_end(ap);
    return status;
}
