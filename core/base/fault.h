/* fault.h - named points at which a test crashes or stops this process.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Compiled in by --enable-fault-points only (include config.h first); otherwise a point costs nothing. The
 * environment variable IPAM_FAULT_POINT lists what to do, separated by commas: NAME=kill (SIGKILL to this
 * process), NAME=stop (SIGSTOP) or NAME=exit (_exit with status 99), each at the first hit or, with :N at the
 * end, at the N-th. Example: IPAM_FAULT_POINT=ipamd:config-set=kill,helper:config-write=stop:2 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#ifdef IPAM_FAULT_POINTS
/* Any thread. The environment is read at the first call. */
void fault_point(const char *name);
/* fault_point("PLACE:NAME"). */
void fault_point_at(const char *place, const char *name);
#else
#define fault_point(name) ((void)(name))
#define fault_point_at(place, name) ((void)(place), (void)(name))
#endif

#endif
