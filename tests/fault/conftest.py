# conftest.py - fixtures of the fault tests; all of them run in namespaces of their own, with what the integration tests share.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "integration"))

import ns  # noqa: E402


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    if not ns.inside() and not config.option.collectonly and not config.option.help:
        config.pluginmanager.getplugin("capturemanager").stop_global_capturing()
        sys.stdout.flush()
        ns.enter([sys.executable, "-m", "pytest", *config.invocation_params.args])


def pytest_configure(config):
    if ns.inside():
        ns.loopback_up()
