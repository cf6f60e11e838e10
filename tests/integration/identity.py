# identity.py - users, groups, tokens and sessions for tests: made through the API, as an administrator makes them.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import http.client
import json

ACCESS = "/api/v1/access"


def user(ipamd, name, password=None, role=None, **fields):
    """A user; with a role he is in a group of his own that has it."""
    if password is not None:
        fields["password"] = password
    answer = ipamd.post(f"{ACCESS}/users", {"name": name, **fields})
    assert answer.status == 201, answer
    if role is not None:
        group(ipamd, f"{name}-group", role=role, members=[name])
    return answer.json()


def group(ipamd, name, **fields):
    answer = ipamd.post(f"{ACCESS}/groups", {"name": name, **fields})
    assert answer.status == 201, answer
    return answer.json()


def token(ipamd, user, name="ci", **fields):
    """The object as it was answered, with the token itself."""
    answer = ipamd.post(f"{ACCESS}/tokens", {"user": user["id"], "name": name, **fields})
    assert answer.status == 201, answer
    return answer.json()


def sign_in(ipamd, name, password, **kw):
    return ipamd.post(f"{ACCESS}/sessions", {"user": name, "password": password}, token=None, **kw)


def session(ipamd, name, password):
    answer = sign_in(ipamd, name, password)
    assert answer.status == 201, answer
    return answer.json()


def me(ipamd, token):
    answer = ipamd.get(f"{ACCESS}/me", token=token)
    return answer.json() if answer.status == 200 else answer.status


def from_address(ipamd, source, method, path, body=None, token=None):
    """(status, JSON, headers) of a request that comes from another address of loopback."""
    c = http.client.HTTPConnection("127.0.0.1", ipamd.port, timeout=30, source_address=(source, 0))
    try:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        c.request(method, path, json.dumps(body) if body is not None else None, headers)
        r = c.getresponse()
        text = r.read()
        return r.status, json.loads(text) if text else None, {k.lower(): v for k, v in r.getheaders()}
    finally:
        c.close()
