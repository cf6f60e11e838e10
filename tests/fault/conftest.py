# conftest.py - fixtures of the fault tests; like the integration tests they run in namespaces of their own.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "integration"))

import ns  # noqa: E402
import trial  # noqa: E402

SEED = os.environ.get("IPAM_FAULT_SEED") or str(random.SystemRandom().randrange(10**6))


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    if not ns.inside() and not config.option.collectonly and not config.option.help:
        config.pluginmanager.getplugin("capturemanager").stop_global_capturing()
        sys.stdout.flush()
        ns.enter([sys.executable, "-m", "pytest", *config.invocation_params.args])


def pytest_configure(config):
    if ns.inside():
        ns.loopback_up()


@pytest.fixture
def tell(capsys):
    """tell(TEXT) prints a line that is seen though the test passes."""
    def tell(text):
        with capsys.disabled():
            print(f"\n    {text}", end="", flush=True)
    return tell


@pytest.fixture
def make_trial(request):
    """make_trial(*words, **options) makes a trial.Trial with a seed of its own; it ends with the test."""
    made = []

    def make(*words, **options):
        made.append(trial.Trial("-".join(map(str, (request.node.name, SEED, *words))), **options))
        return made[-1]

    yield make
    for t in made:
        t.close()
