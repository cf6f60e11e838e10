# results.py - reads what the tests left behind: pytest's JUnit files and automake's logs of cmocka programs.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import pathlib
import re
import xml.etree.ElementTree as ET


def _junit(path):
    for case in ET.parse(path).getroot().iter("testcase"):
        outcome = "passed"
        for child in case:
            outcome = {"failure": "failed", "error": "failed", "skipped": "skipped"}.get(child.tag, outcome)
        name = case.get("name")
        yield case.get("file") or path.name, name.split("[")[0], name, outcome


def _automake(trs, folder):
    """A cmocka program says each test's end; one that died says nothing, and its .trs file says FAIL."""
    source = str(trs.relative_to(folder))[:-len(".trs")] + ".c"
    log = trs.with_suffix(".log").read_text(errors="replace")
    verdict = re.search(r":test-result: (\w+)", trs.read_text()).group(1)
    told = {"OK": "passed", "FAILED": "failed", "SKIPPED": "skipped", "ERROR": "failed"}
    rows = re.findall(r"(?m)^\[ +(OK|FAILED|SKIPPED|ERROR) +\] (\w+)$", log)
    # Failures are listed again at the end: a name counts once, by its worst outcome.
    worst = {}
    for word, name in rows:
        worst[name] = told[word] if worst.get(name) != "failed" else "failed"
    for name, outcome in worst.items():
        yield source, name, name, outcome
    if verdict not in ("PASS", "SKIP") and "failed" not in worst.values():
        yield source, "main", "main", "failed"
    elif not rows:
        yield source, "main", "main", "skipped" if verdict == "SKIP" else "passed"


def read(folders):
    """Yields (file, function, full name, passed|failed|skipped) of every test: *.xml in, and tests/**/*.trs under, a folder."""
    for folder in map(pathlib.Path, folders):
        for path in sorted(folder.glob("*.xml")):
            yield from _junit(path)
        for path in sorted(folder.glob("tests/**/*.trs")):
            yield from _automake(path, folder)
