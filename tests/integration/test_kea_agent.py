# test_kea_agent.py - what a real control agent wants and says by HTTP, and what becomes of it; numbered as the notes on it.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import base64
import http.client
import json

import pytest

import fakes
import hostile_kea
import kea as kea_module
import watch
from kea_provider import AUTH, COMPLETE, CONN, NOENT, PROTO, PROVIDER, UNSUPPORTED, Provider, agent


@pytest.fixture(scope="module")
def served():
    server = kea_module.Kea(subnets=6, shared=0, reservations=12).start()
    watch.until(lambda: server.clients(30) >= 30, 60, "30 clients have a lease")
    yield server
    server.stop()


def post(port, body, kind="application/json", method="POST", user=None):
    """A raw request; (status, headers, body as JSON)."""
    headers = {"Content-Type": kind} if kind else {}
    if user:
        headers["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, "/", body, headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), json.loads(answer.read())
    finally:
        connection.close()


COMMAND = json.dumps({"command": "version-get", "service": ["dhcp4"]})


def test_2_8_1_the_content_type_is_exact_and_so_is_ours(served):
    assert post(kea_module.AGENT_OPEN, COMMAND)[0] == 200
    for kind in ("application/json; charset=utf-8", None):
        assert post(kea_module.AGENT_OPEN, COMMAND, kind)[0] == 400
    assert post(kea_module.AGENT_OPEN, "{", "application/json")[0] == 400
    with fakes.FakeServer("unauthorized") as fake:
        Provider(port=fake.port, user="ipam", password="pass:word").probe()
    (request,) = fake.requests
    top, _, body = request.partition(b"\r\n\r\n")
    lines = top.split(b"\r\n")
    assert lines[0] == b"POST / HTTP/1.1" and b"Content-Type: application/json" in lines
    assert b"Authorization: Basic " + base64.b64encode(b"ipam:pass:word") in lines
    assert not [line for line in lines if line.lower().startswith((b"expect:", b"accept-encoding:", b"transfer-encoding:"))]
    assert json.loads(body)["service"] == ["dhcp4"]


def test_2_8_2_a_refused_user_is_told_and_nothing_else_is_tried(served):
    status, headers, body = post(kea_module.AGENT, COMMAND, user="ipam:wrong")
    assert status == 401 and headers["WWW-Authenticate"].startswith("Basic realm=")
    assert body == {"result": 401, "text": "Unauthorized"}, "an object, where good answers are lists"
    for operation in ("probe", "config", "leases"):
        got = agent(password="wrong-pass").call(operation)
        assert got.status == AUTH and "correct the options user and password" in got.message and got.rows == []
        assert "wrong-pass" not in got.text


def test_2_8_3_good_answers_are_lists_and_errors_objects(served):
    assert isinstance(post(kea_module.AGENT_OPEN, COMMAND)[2], list)
    assert post(kea_module.AGENT_OPEN, "{")[2] == {"result": 400, "text": "Bad Request"}
    assert agent().config().status == 0
    with fakes.FakeServer("not-kea") as fake:
        fake._answer = fakes._http(b"400 Bad Request", fakes.JSON, b'{ "result": 400, "text": "Bad Request" }')
        got = Provider(port=fake.port).config()
    assert got.status == PROTO and got.outcome["native"] == "HTTP 400" and "kea-ctrl-agent" in got.message


def test_2_8_4_results_1_to_3_come_with_http_200(served):
    ask = lambda command, **args: post(kea_module.AGENT_OPEN, json.dumps(
        {"command": command, "service": ["dhcp4"], **({"arguments": args} if args else {})}))
    status, _, (unknown,) = ask("no-such")
    assert (status, unknown["result"]) == (200, 2)
    status, _, (empty,) = ask("lease4-get-page", **{"from": "10.255.0.0", "limit": 5})
    assert (status, empty["result"]) == (200, 3)
    # 3: a server without leases is read like any other.
    only6 = Provider(port=kea_module.AGENT_OPEN, services="dhcp6").leases()
    assert [p.status for p in only6] == [0] and only6[0].outcome["flags"] == COMPLETE and only6[0].rows == []
    # 1 and 2: told by the server's words, and what to do.
    with hostile_kea.Front(served, served.dir, 18003) as front:
        provider = Provider(port=18003)
        for answer, status, words in (
                ('[ { "result": 2, "text": "\'lease4-get-page\' command not supported." } ]', UNSUPPORTED, "libdhcp_lease_cmds.so"),
                ('[ { "result": 1, "text": "out of order" } ]', PROVIDER, "refused lease4-get-page: out of order")):
            front.become(hostile_kea.Case(0, "", "lease4-get-page", hostile_kea.instead(answer)))
            got = provider.call("leases")
            assert got.status == status and words in got.message and ";" in got.message
            assert got.outcome["native"] == "result %s" % answer[14]


def test_2_8_5_the_commands_of_a_call_share_a_connection(served):
    with hostile_kea.Front(served, served.dir, 18003) as front:
        got = Provider(port=18003).probe()
        assert got.status == 0 and len(front.commands) >= 8 and front.connections == 1
        # One that was closed meanwhile is opened anew for what only reads.
        front.become(hostile_kea.Case(0, "", "status-get", lambda talk: hostile_kea.Raw(
            hostile_kea.head(len(talk.good())) + talk.good().encode())))
        assert Provider(port=18003).probe().status == 0


def test_2_8_6_a_server_that_is_offline_is_named(served):
    served.kill("dhcp4")
    try:
        for got in (agent().config(), Provider(port=kea_module.AGENT_OPEN, services="dhcp4").probe()):
            assert got.status == CONN and "likely to be offline" in got.message
            assert "dhcp4 at http" in got.message and "start kea-dhcp4" in got.message
    finally:
        served.restart("dhcp4")
    assert agent().config().status == 0


def test_2_8_7_a_server_the_agent_has_no_socket_for_is_not_part_of_it(served):
    with hostile_kea.Front(served, served.dir, 18003) as front:
        front.become(hostile_kea.Case(0, "", ".*", lambda talk: talk.good() if talk.service == "dhcp4" else
                     '[ { "result": 1, "text": "forwarding socket is not configured for the server type dhcp6" } ]'))
        got = Provider(port=18003).config()
        assert got.status == 0 and {s["native"][:2] for s in got.of("scope")} == {"v4"}
        got = Provider(port=18003, services="dhcp6").config()
        assert got.status == NOENT and "add one to its control-sockets" in got.message
