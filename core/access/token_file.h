/* token_file.h - files with a token of the configuration: made, read, made anew.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * All return 0, or IPAM_E_* with the reason and what to do in err (TOKEN_ERR bytes); the caller wipes the secret, which has
 * room for TOKEN_FILE_MAX + 1 bytes. */
#ifndef ACCESS_TOKEN_FILE_H
#define ACCESS_TOKEN_FILE_H

#include <stddef.h>

#define TOKEN_FILE_MAX 512
#define TOKEN_ERR      512

/* Makes a new secret in a new file. */
int token_make(const char *path, char *secret, size_t *ret_len, char *err);
/* Reads one from an open file, which must be its owner's alone. */
int token_read(int fd, const char *path, char *secret, size_t *ret_len, char *err);
/* A new secret in place of the one in a file, of the same owner, ended by NUL. At no moment is there half of one. */
int token_renew(const char *path, char *secret, char *err);

#endif
