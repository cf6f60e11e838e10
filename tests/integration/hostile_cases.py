# hostile_cases.py - the table of answers that no Kea should give, and what an operator must be told of each.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import dataclasses
import gzip
import json

from hostile_kea import (Case, Raw, alter, cut, done, drip, flood, head, http, instead, leases, root, spliced, subnets, text)

MIB = 1 << 20
UNIX, HTTP = ("unix",), ("http",)
CONFIG, PAGE = "config-get", "lease4-get-page"
NO_KEA = "is no Kea|not JSON"
STRANGE = "its configuration holds .*line [0-9]+"
PROXY = "see that no web server or proxy"


def first(change, where=subnets):
    """A change of the first subnet, or lease."""
    return alter(lambda answer: change(where(answer)[0]))


def put(key, value, where=subnets):
    return first(lambda item: item.__setitem__(key, value), where)


def argument(key, value):
    return alter(lambda answer: root(answer).__setitem__(key, value))


def result(number, said="said a liar"):
    return alter(lambda answer: answer.update({"result": number, "text": said}))


def deep(talk):
    return "[" * 100000 + "]" * 100000


def many_options(answer):
    option = {"code": 6, "name": "domain-name-servers", "space": "dhcp4", "csv-format": True, "always-send": False,
              "never-send": False, "data": "10.0.0.1"}
    subnets(answer)[0]["option-data"] = [dict(option, code=i % 250 + 1) for i in range(100000)]


def page_again(talk):
    """Every page is the first page."""
    request = {"command": talk.name, "arguments": {**talk.request["arguments"], "from": "start"}}
    answer = talk.ask(request).decode()
    return answer if talk.way == "unix" else f"[ {answer} ]"


def backwards(answer):
    rows = leases(answer)
    if rows:
        rows[-1]["ip-address"] = "10.0.0.1"


READING = []


def case(name, on, act, says="", via=UNIX + HTTP, **how):
    READING.append(Case(len(READING) + 1, name, on, act, says, via, **how))


# Broken off.
case("cut-after-one-byte", CONFIG, cut(0), "ended before it was complete")
case("cut-in-the-middle", CONFIG, cut(0.5), "ended before it was complete")
case("cut-before-the-last-byte", CONFIG, cut(1), "ended before it was complete")
case("page-cut-in-the-middle", PAGE, cut(0.5), "ended before it was complete", nth=3)
case("closed-without-an-answer", CONFIG, http(b""), "closed without an answer")
case("cut-though-its-head-agrees", CONFIG, text(lambda t: t[:len(t) // 2]), "cut off", HTTP)

# Never, or too much.
case("nothing-at-all", CONFIG, lambda talk: None, "no answer to config-get in time", hasty=True)
case("a-byte-now-and-then", CONFIG, drip, "no answer to config-get in time", hasty=True)
case("page-that-never-comes", PAGE, lambda talk: None, "no answer to lease4-get-page in time", nth=3, hasty=True)
case("500-mib-in-a-text", CONFIG, flood(b'[ { "result": 0, "text": "', b"x" * 1000, 500 * MIB), "larger than 64 MiB")
case("500-mib-announced", CONFIG, http(head(500 * MIB) + b'[ { "result": 0'), "larger than 64 MiB", HTTP)
case("values-without-end", CONFIG, flood(b'{ "result": 0, "arguments": [', b"0,", None), "more than 2000000 values")
case("blanks-without-end", CONFIG, flood(b"", b" " * 1000, None), "larger than 64 MiB")
case("100-000-brackets", CONFIG, deep, "nested deeper than 64")

# Not Kea.
case("a-proxy's-page", CONFIG, instead("<!DOCTYPE html><html><body>Please log in</body></html>"), NO_KEA)
case("an-object-and-another", CONFIG, text(lambda t: t + t), "goes on after its end")
case("a-list-of-two", CONFIG, text(lambda t: f"[ {t.strip('[] ')}, {t.strip('[] ')} ]"), NO_KEA)
case("an-empty-list", CONFIG, instead("[ ]"), NO_KEA)
case("an-empty-object", CONFIG, instead("{ }"), NO_KEA)
case("a-number", CONFIG, instead("0"), NO_KEA)

# HTTP.
case("redirected", CONFIG, http(head(0, b"301 Moved Permanently", b"Location: http://127.0.0.1:18099/\r\n")), PROXY, HTTP)
case("bad-gateway", CONFIG, http(head(9, b"502 Bad Gateway") + b"try again"), "HTTP 502.*proxy", HTTP)
case("no-more-welcome", CONFIG, http(head(0, b"401 Unauthorized", b'WWW-Authenticate: Basic realm="x"\r\n')),
     "refused this user and password; correct the options user and password", HTTP)
case("500-mib-of-refusal", CONFIG, http(head(500 * MIB, b"403 Forbidden") + b"no" * 1000), "refused this user", HTTP)
case("not-found", CONFIG, http(head(0, b"404 Not Found")), "HTTP 404, which Kea does not answer", HTTP)
case("nothing-to-say", CONFIG, http(head(None, b"204 No Content")), "HTTP 204", HTTP)
case("an-empty-body", CONFIG, http(head(0)), "its answer is empty", HTTP)
case("continue-and-then-good", CONFIG,
     lambda talk: Raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + head(len(talk.good())) + talk.good().encode()), "", HTTP)
case("continue-without-end", CONFIG, lambda talk: (b"HTTP/1.1 100 Continue\r\n\r\n" * 100 for _ in iter(int, 1)),
     "no answer to config-get in time|config-get failed", HTTP, hasty=True)
case("headers-without-end", CONFIG,
     lambda talk: (b"HTTP/1.1 200 OK\r\n" if i == 0 else b"X-Header: %s\r\n" % (b"x" * 1000) for i in range(1 << 20)),
     "config-get failed", HTTP)
case("longer-than-it-says", CONFIG, lambda talk: Raw(head(100) + talk.good().encode()), "cut off", HTTP)
case("chunks-of-garbage", CONFIG,
     http(head(None, more=b"Transfer-Encoding: chunked\r\n") + b"zz\r\n{ \"result\": 0 }\r\n0\r\n\r\n"), "config-get failed", HTTP)
case("chunks-cut-off", CONFIG,
     http(head(None, more=b"Transfer-Encoding: chunked\r\n") + b"10\r\n[ { \"result\": 0,\r\n"), "ended before it was complete|failed", HTTP)
case("a-negative-length", CONFIG, http(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n[ { } ]"), "no HTTP server|failed", HTTP)
case("no-head", CONFIG, http(b'[ { "result": 0 } ]'), "no HTTP server", HTTP)
case("compressed-unasked", CONFIG, instead(gzip.compress(b'[ { "result": 0 } ]')), NO_KEA, HTTP)
case("a-tls-alert", CONFIG, http(b"\x15\x03\x01\x00\x02\x02\x28"), "no HTTP server|failed", HTTP)
case("the-agent-lost-it", CONFIG, instead('[ { "result": 1, "text": "unable to forward command to the dhcp4 service: '
     'Connection refused. The server is likely to be offline" } ]'), "does not reach the server.*start kea-dhcp", HTTP)

# JSON that is none.
case("a-nul", CONFIG, spliced('"result"', '"res\0ult"'), "not JSON")
case("a-nul-by-escape", CONFIG, spliced('"subnet": "', '"subnet": "\\u0000'), "not JSON")
case("invalid-utf-8", CONFIG, lambda talk: talk.good().encode().replace(b'"Dhcp4"', b'"Dhcp4\xff"', 1), "not JSON", nth=1)
case("half-a-surrogate", CONFIG, spliced('"subnet": "', '"subnet": "\\ud800'), "not JSON")
case("a-key-twice", CONFIG, spliced('"result"', '"result": 1, "result"'), "not JSON")
case("a-subnet-key-twice", CONFIG, spliced('"subnet":', '"subnet": "10.250.0.0/16", "subnet":'), "not JSON.*stands twice")
case("a-number-no-double-holds", CONFIG, spliced('"id": [0-9]+', '"id": 1e999'), STRANGE)

# Types.
case("result-is-a-text", CONFIG, spliced('"result": 0', '"result": "0"'), NO_KEA)
case("result-is-1e999", CONFIG, spliced('"result": 0', '"result": 1e999'), NO_KEA)
case("result-is-missing", CONFIG, alter(lambda a: a.pop("result")), NO_KEA)
case("arguments-are-a-list", CONFIG, alter(lambda a: a.update(arguments=[1])), "has no \"Dhcp4\"")
case("arguments-are-null", CONFIG, alter(lambda a: a.update(arguments=None)), "has no \"Dhcp4\"")
case("the-root-is-a-list", CONFIG, alter(lambda a: a.update(arguments={"Dhcp4": []})), "has no \"Dhcp4\"", nth=1)
case("subnets-are-an-object", CONFIG, lambda talk: alter(
     lambda a: root(a).update({f"subnet{talk.service[-1]}": {"a": {"id": 1, "subnet": "10.0.0.0/8"}}}))(talk), STRANGE)
case("a-subnet-is-a-number", CONFIG, lambda talk: alter(lambda a: root(a)[f"subnet{talk.service[-1]}"].append(7))(talk), STRANGE)
case("networks-are-a-text", CONFIG, argument("shared-networks", "campus"), STRANGE)
case("a-network's-name-is-a-number", CONFIG, alter(lambda a: root(a)["shared-networks"][0].update(name=7)), STRANGE, nth=1)
case("an-id-is-a-text", CONFIG, put("id", "101"), STRANGE)
case("an-id-is-negative", CONFIG, put("id", -101), "without a usable id")
case("an-id-is-a-fraction", CONFIG, put("id", 101.5), "without a usable id")
case("an-id-of-40-digits", CONFIG, put("id", 10 ** 40), "without a usable id")
case("a-prefix-of-the-other-family", CONFIG, put("subnet", "fd00:9::/64"), "without a usable prefix", nth=1, via=UNIX)
case("a-prefix-of-33-bits", CONFIG, put("subnet", "10.1.0.0/33"), "without a usable prefix")
case("pools-are-an-object", CONFIG, put("pools", {"pool": "10.1.0.0/25"}), STRANGE)
case("a-pool-is-a-number", CONFIG, put("pools", [{"pool": 7}]), STRANGE)
case("a-pool-that-runs-backwards", CONFIG, put("pools", [{"pool": "10.1.0.9-10.1.0.3"}]), "no run of addresses")
case("reservations-are-a-number", CONFIG, put("reservations", 7), STRANGE)
case("a-reservation-of-nobody", CONFIG, put("reservations", [{"ip-address": "10.1.0.9"}]), "without an identifier")
case("a-reservation-of-garbage", CONFIG, put("reservations", [{"hw-address": "zz", "ip-address": "10.1.0.9"}]), "not hexadecimal")
case("a-reservation-of-the-other-family", CONFIG, put("reservations", [{"hw-address": "02:00:00:00:00:09",
     "ip-address": "fd00::9"}]), "the other family", nth=1, via=UNIX)

# Contradictions.
case("an-id-twice", CONFIG, alter(lambda a: subnets(a)[1].update(id=subnets(a)[0]["id"])), "two subnets with the id")
case("a-prefix-twice", CONFIG, alter(lambda a: subnets(a)[1].update(subnet=subnets(a)[0]["subnet"], pools=[], reservations=[])),
     "two subnets with the prefix")
case("a-pool-outside", CONFIG, put("pools", [{"pool": "192.0.2.1-192.0.2.9"}]), "outside of its subnet", nth=1)
case("the-other-server's", CONFIG, lambda talk: alter(lambda a: a["arguments"].update(Dhcp9=a["arguments"].pop("Dhcp4")))(talk),
     "has no \"Dhcp4\"", nth=1)
case("an-answer-to-another-command", CONFIG, lambda talk: dataclasses.replace(
     talk, ask=lambda *_: talk.ask({"command": "status-get"})).good(), "has no \"Dhcp4\"")
case("leases-to-config-get", CONFIG, instead('{ "arguments": { "count": 0, "leases": [ ] }, "result": 3, "text": "0 found." }'),
     "result 3, empty")
case("100-000-options", CONFIG, alter(many_options), "", nth=1, via=UNIX)

# Results that lie.
case("an-error-with-a-configuration", CONFIG, result(1, "internal error"), "refused config-get: internal error")
case("empty-with-a-configuration", CONFIG, result(3), "result 3, empty")
case("unknown-with-a-configuration", CONFIG, result(2), "does not know the command config-get")
case("a-result-nobody-knows", CONFIG, result(99), "refused config-get")
case("a-negative-result", CONFIG, result(-1), "refused config-get")
case("success-without-arguments", CONFIG, alter(lambda a: a.pop("arguments")), "has no \"Dhcp4\"")

# Leases. The probe asks for one first: the pages of a collection are the second of that name and those after it.
case("the-lease-file-is-gone", PAGE, instead('{ "result": 1, "text": "no current lease manager is available" }'),
     "gives no leases now.*lease-database.*config-reload|no current lease manager")
case("the-lease-file-goes-meanwhile", PAGE, instead('{ "result": 1, "text": "no current lease manager is available" }'),
     "refused lease4-get-page: no current lease manager is available", nth=3)
case("empty-with-leases", PAGE, result(3), "says that it is empty, and holds leases")
case("fewer-leases-than-it-says", PAGE, alter(lambda a: leases(a).pop()), "another number of leases")
case("a-count-of-text", PAGE, alter(lambda a: a["arguments"].update(count="5")), "another number of leases")
case("more-leases-than-asked-for", PAGE, alter(lambda a: a["arguments"].update(
     leases=leases(a) * 50, count=len(leases(a)) * 50)), "more leases than were asked for")
case("no-leases-member", PAGE, alter(lambda a: a["arguments"].pop("leases")), "holds no leases")
case("leases-are-an-object", PAGE, alter(lambda a: a["arguments"].update(leases={}, count=0)), "holds no leases")
case("a-lease-is-a-number", PAGE, alter(lambda a: leases(a).__setitem__(0, 7)), "lease number 1 of a page")
case("a-lease-of-the-other-family", PAGE, put("ip-address", "fd00::9", leases), "lease number 1 of a page")
case("a-lease-of-no-address", PAGE, put("ip-address", "10.0.0", leases), "lease number 1 of a page")
case("a-lease-before-time", PAGE, put("cltt", -5, leases), "lease number 1 of a page")
case("a-lease-of-10^30-seconds", PAGE, put("cltt", 10 ** 30, leases), "lease number 1 of a page")
case("a-lease-of-1e999-seconds", PAGE, spliced('"valid-lft": [0-9]+', '"valid-lft": 1e999'), "lease number [0-9]+ of a page")
case("a-lease-of-an-odd-client", PAGE, put("hw-address", "02:00:0", leases), "lease number 1, whose hw-address")
case("a-lease-of-a-numbered-client", PAGE, put("client-id", 7, leases), "lease number 1, whose client-id")
case("a-lease-with-a-list-for-a-name", PAGE, put("hostname", ["a"], leases), "lease number 1, whose hostname")
case("a-lease-in-state-minus-1", PAGE, put("state", -1, leases), "lease number 1 of a page")
case("the-first-page-again-and-again", PAGE, page_again, "repeats leases that came before")
case("a-cursor-that-goes-back", PAGE, alter(backwards), "repeats leases that came before", nth=3)

# What is asked first.
case("no-version", "version-get", alter(lambda a: a.update(text="")), "names no version")
case("a-version-of-2-mib", "version-get", alter(lambda a: a.update(text="\u00fc" * MIB)), "")
case("commands-are-an-object", "list-commands", alter(lambda a: a.update(arguments={"a": PAGE})), "list-commands without a list")
case("status-is-an-error", "status-get", result(1, "out of order"), "refused status-get: out of order")
case("a-password-in-an-error", CONFIG, result(1, "bad password s3cret-word here"), r"bad password \*+ here", HTTP)


# --- changes ---
# A change asks: lease4-get-page, config-get; config-test, config-get; config-set, config-get, lease4-get-page;
# config-write; and the daemon once more config-get.

WRITING = []
SET = "config-set"


def change(name, on, act, says="", via=UNIX, **how):
    WRITING.append(Case(len(WRITING) + 1, name, on, act, says, via, **how))


def another_administrator(talk):
    """Changes the configuration himself, before the command is done."""
    answer = json.loads(talk.ask({"command": "config-get"}))
    config = {"Dhcp4": {**root(answer), "decline-probation-period": 4321}}
    assert json.loads(talk.ask({"command": "config-set", "arguments": config}))["result"] == 0
    return talk.good()


GONE = '{ "result": 1, "text": "no current lease manager is available" }'
NEVER = "gave no answer to config-set that says what became of it, and does not show the change"
BACK = "The former configuration was sent again and is in effect: nothing was changed"

change("test-says-no", "config-test", result(1, "no such luck"), "^no such luck$")
change("test-is-cut-off", "config-test", cut(0.5), "ended before it was complete", waits=True, there=True)
change("test-never-answers", "config-test", lambda talk: None, "no answer to config-test in time", waits=True, there=True,
       hasty=True)
change("test-is-no-json", "config-test", instead("<html>"), "is no Kea", waits=True, there=True)
change("configuration-with-a-key-twice", CONFIG, spliced('"subnet":', '"subnet": "10.250.0.0/16", "subnet":'), "stands twice",
       waits=True, there=True)
change("configuration-of-nothing", CONFIG, alter(lambda a: a.update(arguments={"Dhcp4": {}})), "belongs to a subnet that the server no longer has; collect", nth=1)
change("configuration-changes-before-the-test", "config-test", another_administrator, nth=1, there=True)
change("set-refuses", SET, result(1, "out of luck"), r"refused the change \(config-set\): out of luck.*" + BACK, nth=1)
change("set-says-error-and-did-it", SET, done(instead('{ "result": 1, "text": "failed" }')), BACK, nth=1)
change("set-says-success-and-did-nothing", SET, instead('{ "result": 0, "text": "Configuration successful." }'),
       "accepted config-set but shows another configuration.*" + BACK, nth=1)
change("set-answers-as-another-command", SET, instead('{ "result": 0, "text": "2.2.0" }'), BACK, nth=1)
change("set-is-done-and-not-answered", SET, done(http(b"")), nth=1, there=True)
change("set-is-done-and-never-answered", SET, done(lambda talk: None), nth=1, there=True, hasty=True)
change("set-is-done-and-answered-in-500-mib", SET, done(flood(b'{ "text": "', b"x" * 1000, 500 * MIB)), nth=1, there=True)
change("set-is-done-and-answered-with-garbage", SET, done(instead("garbage")), nth=1, there=True)
change("set-is-not-done-and-not-answered", SET, http(b""), NEVER + ".*" + BACK, nth=1, waits=True, there=True)
change("set-is-redirected", SET, http(head(0, b"307 Temporary Redirect", b"Location: http://127.0.0.1:18099/\r\n")), NEVER, HTTP,
       nth=1, waits=True, there=True)
change("set-is-unauthorized", SET, http(head(0, b"401 Unauthorized")), "correct the options user and password", HTTP, nth=1,
       waits=True, there=True)
change("read-back-is-cut-off", CONFIG, cut(0.5), BACK, nth=3, waits=True, there=True)
change("read-back-shows-something-else", CONFIG, argument("decline-probation-period", 77), "shows another configuration.*" + BACK, nth=3)
change("leases-are-gone-after-the-set", PAGE, instead(GONE), "no current lease manager.*" + BACK, nth=2)
change("write-is-refused", "config-write", result(1, "Unable to open file"), "could not save its configuration.*Unable to open.*" + BACK,
       nth=1)
change("write-is-not-answered", "config-write", http(b""), nth=1, there=True)
