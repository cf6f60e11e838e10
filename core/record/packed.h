/* packed.h - what the writer and the reader of the packed form share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_PACKED_H
#define RECORD_PACKED_H

#define PACKED_NUMBER_MAX 127
#define PACKED_LENGTH_MAX ((1u << 28) - 1)

#endif
