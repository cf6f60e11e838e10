/* export.h - the change log and its checkpoints as one stream: read into a judge.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROOF_EXPORT_H
#define PROOF_EXPORT_H

#include "proof/judge.h"

#define EXPORT_HEAD     "ipam-evidence-export 1\n"
#define EXPORT_TYPE     "application/vnd.ipamd.evidence"
#define EXPORT_BODY_MAX (64u << 20)

/* Reads a stream in pieces, the first time into a judge that has its keys and the checkpoints from outside, the
 * second time (judge_end_rows said so) its rows alone. */
struct export_reader {
    struct judge *judge;
    struct strbuf buf; /* what is not understood yet */
    bool again, headed, begun, ended, broken;
    size_t body; /* bytes of the row that is being read, and its line feed; 0: none */
    struct proof_row row;
    int64_t rows;
};
void export_reader_init(struct export_reader *r, struct judge *j, bool again);
/* False: it is broken, which the judge knows. */
bool export_feed(struct export_reader *r, const char *data, size_t len);
/* The stream is over. True: all rows must be read once more. */
bool export_end(struct export_reader *r);
void export_reader_fini(struct export_reader *r);

/* The line before the bytes of a row, and the last line of all. */
void export_row_head(const struct proof_row *row, struct strbuf *out);
void export_tail(int64_t rows, int64_t last, struct strbuf *out);

/* Checkpoints from outside: lines of a file, which may have words of a syslog before them. Returns how many. */
size_t held_feed(struct judge *j, struct ipam_str text);

#endif
