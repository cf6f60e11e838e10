/* nouns_p.h - verbs that the parts of the table of nouns share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_NOUNS_P_H
#define CLI_NOUNS_P_H

#include "cli/nouns.h"

extern const struct verb verb_of_add_user, verb_of_set_password, verb_of_add_token, verb_of_revoke,
    verb_of_end_session, verb_of_login, verb_of_logout, verb_of_recover, verb_of_explain, verb_of_who_can,
    verb_of_binding, verb_of_recompute, verb_of_add_policy, verb_of_register, verb_of_unregister,
    verb_of_add_record, verb_of_delete_record;
extern const struct verb verb_of_reserve_address, verb_of_unreserve_address, verb_of_add_reservation,
    verb_of_adopt_drift, verb_of_restore_drift, verb_of_add_managed, verb_of_put_managed,
    verb_of_change_managed, verb_of_delete_managed, verb_of_edit, verb_of_add_lease, verb_of_reserve_lease,
    verb_of_explain_client, verb_of_config_text, verb_of_config_diff, verb_of_restore_config,
    verb_of_release_address, verb_of_import, verb_of_export;
extern const struct verb verb_of_undo_job, verb_of_run_task, verb_of_purge_task;

#endif
