/* layout.h - how the files beside it say what the binary interface is.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Sizes and places are those of 64-bit systems. A place or a value never changes. A struct that has its size as
 * first member grows at its end: then its size here is raised, and the places of the new members are appended. */
#ifndef TESTS_ABI_LAYOUT_H
#define TESTS_ABI_LAYOUT_H

#define SIZE(name, size) _Static_assert(sizeof(struct name) == (size), "size of struct " #name)
#define PLACE(name, member, at)                                                                              \
    _Static_assert(offsetof(struct name, member) == (at), "place of " #member " in struct " #name)
#define VALUE(name, value) _Static_assert((name) == (value), "value of " #name)
#define TEXT(name, value)  _Static_assert(__builtin_strcmp(name, value) == 0, "text of " #name)

#endif
