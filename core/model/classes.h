/* classes.h - what the parts of the address room are for, by the documents that set them aside.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_CLASSES_H
#define MODEL_CLASSES_H

#include "model/rules_p.h"

/* What an address is that no plan gives to a host; NULL: it may be given. */
const char *class_reserved(const struct ipam_addr *a);
/* IPAM_BLOCK_CATEGORY_* of a prefix. */
uint32_t class_category(const struct ipam_prefix *p);
/* The private network (RFC 1918) of which the prefix holds all, and more; NULL: none. */
const struct ipam_prefix *class_straddled(const struct ipam_prefix *p);

#endif
