# conftest.py - fixtures of the integration tests; all of them run in namespaces of their own.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import sys

import pytest

import daemon
import kea as kea_module
import ns
import prefix_copy


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
def make_kea():
    """make_kea(**sizes) starts a private Kea; see kea.Kea. All end with the test."""
    started = []

    def make(**sizes):
        server = kea_module.Kea(**sizes)
        started.append(server)
        return server.start()

    yield make
    for server in started:
        server.stop()


@pytest.fixture
def kea(make_kea):
    """A private Kea: 20 IPv4 subnets, four in a shared network, 200 reservations; 2 IPv6 subnets; no lease yet."""
    return make_kea()


@pytest.fixture
def make_ipamd():
    """make_ipamd(**options) starts an ipamd; see daemon.Ipamd. All end with the test."""
    started = []

    def make(start=True, **options):
        server = daemon.Ipamd(**options)
        started.append(server)
        return server.start() if start else server

    yield make
    for server in started:
        server.stop()


@pytest.fixture
def ipamd(make_ipamd):
    """An ipamd with an empty plan on a new database, and the profile kea-site for the fixture `kea`."""
    return make_ipamd()


@pytest.fixture
def copy():
    """A copy of the installation into which a test may put plugins; see prefix_copy.PrefixCopy."""
    made = prefix_copy.PrefixCopy()
    yield made
    made.remove()
