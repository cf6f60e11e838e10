# test_openapi.py - the OpenAPI document is valid, and the judge that watches all tests finds what is not as it says.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json

import pytest

import openapi


@pytest.fixture
def judge(ipamd):
    """The judge, with the daemon's document and an object that is there."""
    found = openapi.judge()
    assert found is not None, f"no node_modules in {openapi.TOOLS}: ./run-tests installs them"
    assert ipamd.post("/api/v1/ipam/blocks", {"prefix": "10.0.0.0/8"}).status == 201
    return found


def test_document_is_valid(ipamd, judge):
    document = ipamd.raw("GET", "/api/v1/openapi.json").json()
    assert judge.take("valid", document) == ""
    del document["info"]["title"]
    assert "title" in judge.take("broken", document)


def test_every_answer_is_judged(ipamd, judge):
    before = judge.count
    ipamd.get("/api/v1/ipam/blocks")
    ipamd.get("/api/v1/ipam/blocks/10.9.0.0_16")
    assert judge.count == before + 2


@pytest.mark.parametrize("change, word", [
    ({"body": {"items": [{"id": 1, "prefix": "10.0.0.0/8", "colour": "red"}], "next": None}}, "additional properties"),
    ({"body": {"items": [{"prefix": "10.0.0.0/8"}], "next": None}}, "required property 'id'"),
    ({"body": {"items": [{"id": "1", "prefix": "10.0.0.0/8"}], "next": None}}, "must be integer"),
    ({"body": {"items": [{"id": 1, "prefix": "10.0.0.0/33"}], "next": None}}, "ip-prefix"),
    ({"body": {"items": []}}, "required property 'next'"),
    ({"body": "", "raw": True}, "the body is empty"),
    ({"status": 299}, "status 299 is not described"),
    ({"headers": {"content-type": "application/xml", "x-request-id": "1", "ipam-revision": "1"}}, "is not described"),
    ({"headers": {"content-type": "application/json", "ipam-revision": "1"}}, "header X-Request-Id is missing"),
    ({"path": "/api/v1/ipam/nothing"}, "no such operation"),
    ({"method": "DELETE"}, "no such operation"),
])
def test_the_judge_finds(ipamd, judge, change, word):
    good = ipamd.get("/api/v1/ipam/blocks")
    answer = {"method": "GET", "path": "/api/v1/ipam/blocks", "status": 200, "headers": good.headers, "body": good.json(), **change}
    body = answer["body"] if change.get("raw") else json.dumps(answer["body"])
    found = judge.answer(str(ipamd.prefix), answer["method"], answer["path"], answer["status"], answer["headers"], body)
    assert word in found
