/* sandbox.c - a process enters its fences, and says which are not there.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "sandbox/reach.h"
#include "sandbox/sandbox_p.h"

void sandbox_probe(struct sandbox_abilities *ret)
{
    const char *files = "", *calls = "";

    *ret = (struct sandbox_abilities){ .landlock = landlock_version(), .calls = calls_can_be_filtered() };
    ret->network = ret->calls && reach_known_here();
    if (ret->landlock == 0)
        files = "no Landlock, so neither paths nor ports are fenced";
    else if (ret->landlock < LANDLOCK_PORTS)
        files = "a Landlock that is too old for TCP ports";
    if (!ret->calls)
        calls = "no filter of system calls, in the kernel or in this build";
    snprintf(ret->missing, sizeof(ret->missing), "%s%s%s", files, files[0] && calls[0] ? "; " : "", calls);
}

/* Mode REQUIRE ends here; else it is a line in the log. */
static int lack(enum sandbox_mode mode, const char *what)
{
    if (mode == SANDBOX_REQUIRE) {
        log_event(LOG_ERR_, "sandbox-missing",
                  "the sandbox is not whole: %s; \"sandbox\" is \"require\": ending. Use a kernel with all "
                  "of it, or "
                  "\"sandbox\": \"on\"",
                  what);
        return -1;
    }
    log_event(LOG_WARN_, "sandbox-partly", "the sandbox is not whole: %s; going on with the rest of it",
              what);
    return 0;
}

static int lack_for(enum sandbox_mode mode, const char *what, int error)
{
    char text[256], why[96];

    snprintf(text, sizeof(text), "%s: %s", what, strerror_r(-error, why, sizeof(why)));
    return lack(mode, text);
}

/* The filters of calls. What is to be behind a network fence is never without it; want of memory is nothing
 * that a kernel cannot. */
static int enter_calls(const struct sandbox_rules *r, enum sandbox_mode mode,
                       const struct sandbox_abilities *can)
{
    int status = can->calls ? 0 : -ENOSYS;

    if (r->network && can->network)
        reach_begin(r->doorman);
    if (can->calls)
        status = calls_enter(r);
    if (status == 0 && (!r->network || can->network))
        return 0;
    if (!r->network && status != -ENOMEM)
        return can->calls ? lack_for(mode, "system calls cannot be filtered", status) : 0;
    log_event(LOG_ERR_, "sandbox-failed", "system calls cannot be filtered: %s; ending%s",
              strerror(status < 0 ? -status : ENOSYS),
              status == -ENOMEM ? ": give the process more memory" : ", for there would be no network fence");
    return -1;
}

int sandbox_enter(const struct sandbox_rules *r, enum sandbox_mode mode)
{
    struct sandbox_abilities can;
    int status;

    if (mode == SANDBOX_OFF)
        return 0;
    sandbox_probe(&can);
    /* Each process lacks the same; the daemon says it for all. */
    if (can.missing[0] && (r->process == SANDBOX_DAEMON || mode == SANDBOX_REQUIRE) &&
        lack(mode, can.missing) < 0)
        return -1;
    status = privileges_drop();
    if (status < 0 && lack_for(mode, "privileges cannot be dropped", status) < 0)
        return -1;
    status = can.landlock ? landlock_enter(r, can.landlock) : 0;
    if (status < 0 && lack_for(mode, "paths and ports cannot be fenced", status) < 0)
        return -1;
    return enter_calls(r, mode, &can);
}
