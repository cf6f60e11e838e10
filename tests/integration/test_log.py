# test_log.py - what the log says: a line a request, as JSON.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import re

import pytest

import watch
from test_reload import null_config


def json_lines(ipamd):
    lines = [json.loads(line) for line in ipamd.log().splitlines()]
    for line in lines:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"]), line
        assert line["level"] in ("error", "warning", "notice", "info", "debug"), line
        assert line["event"] and line["program"] and "message" in line, line
    return lines


def test_a_request_is_logged_with_its_id_and_without_secrets(make_ipamd):
    ipamd = make_ipamd(config={"log_level": "debug", "log_format": "json"})
    secret = "a-wrong-token-that-nobody-may-read"
    made = ipamd.post("/api/v1/ipam/blocks", {"prefix": "10.0.0.0/8", "description": "never-in-the-log"})
    assert made.status == 201
    refused = ipamd.get("/api/v1/ipam/blocks?limit=7", token=secret)
    unknown = ipamd.get("/no%0Asuch", token=None)
    assert (refused.status, unknown.status) == (401, 404)
    lines = {line["request"]: line for line in json_lines(ipamd) if line["event"] == "request"}
    rows = [(made, "POST", "/api/v1/ipam/blocks", 201, "token:admin"), (refused, "GET", "/api/v1/ipam/blocks", 401, None),
            (unknown, "GET", "/no%0Asuch", 404, None)]
    for answer, method, path, status, principal in rows:
        line = lines[answer.headers["x-request-id"]]
        assert (line["method"], line["path"], line["status"], line.get("principal")) == (method, path, status, principal)
        assert 0 <= line["ms"] < 30000 and line["level"] == "debug"
    for word in (secret, ipamd.token, "never-in-the-log", "limit=7"):
        assert word not in ipamd.log()
    change = [c for c in ipamd.items("audit/changes") if c.get("request") == made.headers["x-request-id"]]
    assert len(change) == 1


def test_a_client_that_goes_before_its_answer_is_logged(make_ipamd):
    """One that waits for a plan which takes longer than it stays."""
    ipamd = make_ipamd(config={"log_level": "debug", "log_format": "json", **null_config(delay="3s")})
    ipamd.ctl("server", "add", "192.0.2.1", "--driver", "null-dhcp", "--profile", "site", "--role", "dhcp", "--managed")
    ipamd.ctl("server", "collect", "192.0.2.1", "--wait")
    subnet = ipamd.items("ipam/subnets")[0]["prefix"].replace("/", "_")
    with pytest.raises(TimeoutError):
        ipamd.post(f"/api/v1/ipam/subnets/{subnet}/allocate?wait=20s", {"mac": "02:00:00:00:00:77", "reservation": True}, timeout=1)
    line, = watch.until(lambda: [line for line in json_lines(ipamd) if line["event"] == "request" and line["status"] == 0],
                        10, "it is logged")
    assert (line["method"], line["path"]) == ("POST", f"/api/v1/ipam/subnets/{subnet}/allocate") and line["ms"] >= 500
