# conftest.py - fixtures of the integration tests; all of them run in namespaces of their own.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import sys

import pytest

import canary
import daemon
import kea as kea_module
import ns
import pki
import prefix_copy
import tls


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    if not ns.inside() and not config.option.collectonly and not config.option.help:
        config.pluginmanager.getplugin("capturemanager").stop_global_capturing()
        sys.stdout.flush()
        ns.enter([sys.executable, "-m", "pytest", *config.invocation_params.args])


def pytest_configure(config):
    if ns.inside():
        ns.loopback_up()
        canary.watch_programs()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    """While the daemons of the test still run: what others see of processes."""
    outcome = yield
    if outcome.excinfo is None:
        found = canary.FLOCK.look_at_processes()
        assert not found, "\n".join(found)


def pytest_sessionfinish(session):
    """What tests left behind: their own folders, and the manual."""
    if not ns.inside() or session.config.option.collectonly:
        return
    folders = [session.config._tmp_path_factory.getbasetemp(), daemon.TREE / "docs", daemon.PREFIX / "share"]
    found = [hit for folder in folders for hit in canary.FLOCK.look_below(folder)]
    if found:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        sys.stderr.write("\nsecrets were found where none may be:\n" + "\n".join(found) + "\n")


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
    with daemon.maker() as make:
        yield make


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


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """Signs the certificates of listeners."""
    return pki.Authority(tmp_path_factory.mktemp("pki") / "servers", "Servers")


@pytest.fixture(scope="session")
def clients(tmp_path_factory):
    """Signs the certificates of clients."""
    return pki.Authority(tmp_path_factory.mktemp("pki") / "clients", "Clients")


@pytest.fixture
def make_tls(make_ipamd, tmp_path, authority):
    """make_tls(**options) starts an ipamd with a TLS listener; see tls.Server."""
    return lambda **options: tls.Server(make_ipamd, tmp_path, authority, **options)


@pytest.fixture
def server(make_tls):
    return make_tls()
