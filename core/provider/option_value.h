/* option_value.h - one option's value from text or JSON.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVIDER_OPTION_VALUE_H
#define PROVIDER_OPTION_VALUE_H

#include "provider/options.h"

/* Reads a value as it would be written in the file, without quotes (a default). ret->text and the items of a list point into
 * `text`, the array of items is the arena's.
 * 0, or IPAM_E_INVAL with what is expected in `why` (PROVIDER_ERR_MAX bytes), to follow "option 'x' ". */
int option_parse(const struct ipam_option *o, struct ipam_str text, struct arena *a, struct option_value *ret,
                 char *why);
/* The same from a JSON value; ret->text and the items point into the document. */
int option_from_json(const struct ipam_option *o, const struct json *v, struct arena *a,
                     struct option_value *ret, char *why);

#endif
