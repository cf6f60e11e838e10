/* reason.h - why something was refused, as a sentence for people.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVIDER_REASON_H
#define PROVIDER_REASON_H

#define PROVIDER_ERR_MAX 512 /* bytes of the err buffers of this room */

/* Writes the reason into err (PROVIDER_ERR_MAX bytes, cut off there) and answers `status`. `err` must not be
 * among the arguments. */
int refuse(int status, char *err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
