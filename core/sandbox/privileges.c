/* privileges.c - what a process can do by who it is: given up.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/sandbox_p.h"

/* Bits that the kernel may know one day. */
#define CAPABILITIES 64

/* A supervisor that took them away may have forbidden to ask for it, too. */
static int drop_capabilities(void)
{
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct now[2] = { { 0 }, { 0 } }, none[2] = { { 0 }, { 0 } };

    if (syscall(SYS_capget, &head, now) == 0 && memcmp(now, none, sizeof(now)) == 0)
        return 0;
    return syscall(SYS_capset, &head, none) < 0 ? -errno : 0;
}

/* It needs a capability to be given up; without one there is nothing to be had from it. */
void sandbox_drop_bounding_set(void)
{
    for (unsigned long cap = 0; cap < CAPABILITIES; cap++)
        prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

int privileges_drop(void)
{
    int status;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    sandbox_drop_bounding_set();
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    status = drop_capabilities();
    if (status < 0)
        return status;
#ifndef IPAM_SANITIZED /* whose search for leaks looks at the process from outside */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return -errno;
#endif
    return 0;
}
