#!/bin/sh
# Makes ./configure from configure.ac; run once after a clone.
# SPDX-License-Identifier: Apache-2.0
set -e
cd "$(dirname "$0")"
exec autoreconf -fi "$@"
