/* import.h - files taken into a collection, a verdict a row: CSV, or in another product's dialect.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_IMPORT_H
#define API_IMPORT_H

#include "api/call.h"

#define IMPORT_SET 10000 /* rows of one change set; more are a job of many */

/* Whether the body says that it is CSV, or the query of what dialect it is. */
bool import_is_file(struct call *c);
/* Takes the body in and answers. */
void import_start(struct call *c);
/* Comes with the end of the call. */
void import_end(struct call *c);

#endif
