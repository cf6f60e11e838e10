/* model_zone_test.c - reverse zones mapped to ranges, and what the DNS makes of addresses.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model_world.h"
int main(void){return 0;}
