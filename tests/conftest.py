# conftest.py - deals the test files out to several pytests: with IPAM_DEAL=FOLDER each runs the files it takes first.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""FOLDER is new and the same for all of them. A file goes as a whole, so that what its tests share is made once."""
import itertools
import os
import pathlib

import pytest

FOLDER = os.environ.get("IPAM_DEAL")
# What takes a minute alone goes first, so that all end together.
LONG = [f"test_{name}.py" for name in ("one_table", "safe_write", "quickstart", "tls", "kea_plugin_write", "hostile_kea", "guide")]


def take(path):
    try:
        (pathlib.Path(FOLDER) / path.name).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def dealt(items):
    """The items of the files taken; each file is taken when its first item is asked for."""
    files = [(path, list(group)) for path, group in itertools.groupby(items, lambda item: item.path)]
    for path, group in sorted(files, key=lambda f: LONG.index(f[0].name) if f[0].name in LONG else len(LONG)):
        if take(path):
            yield from group


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    if FOLDER is None or session.config.option.collectonly:
        return None
    if session.testsfailed:
        raise session.Interrupted(f"{session.testsfailed} errors during collection")
    items = dealt(session.items)
    item = next(items, None)
    while item is not None:
        following = next(items, None)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        item = following
    return True
