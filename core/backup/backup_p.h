/* backup_p.h - what writer and reader share: the head of a block, and its digest.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef BACKUP_BACKUP_P_H
#define BACKUP_BACKUP_P_H

#include "backup/backup.h"

#define BLOCK_HEAD 12 /* kind, rows, bytes */
#define NO_COLUMNS UINT32_MAX
#define KIND_HEAD  "IPMB"
#define KIND_ROWS  "ROWS"
#define KIND_END   "END."
#define KIND_FAIL  "FAIL"

void backup_chain(uint8_t chain[BACKUP_DIGEST], const uint8_t head[BLOCK_HEAD], const void *payload,
                  size_t len);

#endif
