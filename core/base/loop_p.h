/* loop_p.h - what lanes need of the loop beyond its public face.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_LOOP_P_H
#define BASE_LOOP_P_H

#include "base/loop.h"

/* While it is held the loop runs on, waiting for work that another thread will post. Loop thread. */
void loop_hold(struct loop *l);
void loop_release(struct loop *l);

#endif
