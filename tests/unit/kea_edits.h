/* kea_edits.h - edits as JSON made in the text of a Kea configuration, for the tests.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_KEA_EDITS_H
#define TESTS_KEA_EDITS_H

#include "plugins/kea/config.h"

struct kea_edits_result {
    int status;                    /* of the call */
    int edit_status;               /* of the first edit that failed, 0: none did */
    char problem[KEA_PROBLEM_MAX]; /* what it says */
    char *text;                    /* the new text, to be freed; NULL: nothing changed */
};

/* `root` is the value of "Dhcp4" or "Dhcp6". An edit is {"verb": "add", "type": "scope", "before": ROW, "after": ROW};
 * "lenient": true is one of a call that is resumed; with "undo": true in the first of them all are taken back. Fails the test when they cannot be read. */
void kea_edits_apply(enum kea_service s, const char *root, unsigned version, const char *edits,
                     struct kea_edits_result *ret);

#endif
