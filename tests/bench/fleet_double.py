#!/usr/bin/python3
# fleet_double.py - answers as many Kea servers did once: a protocol double for fleets that no machine has room for.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""usage: fleet_double.py RECORDED FOLDER FIRST COUNT

RECORDED is a JSON object of what one real server answered, by command; "leases" are all its leases. Servers FIRST to FIRST+COUNT-1
listen on FOLDER/N.sock, one command a connection, and say the same with networks and MAC addresses of their own (see `own`).
Prints a line when all listen, and what was asked, by command, at its end."""
import asyncio
import collections
import json
import pathlib
import re
import signal
import sys


def own(text, n):
    """What server N has where the recorded one has 10.1.x.y and 10.2.x.y and MAC addresses that begin with 02:00:00 or 06:00:00."""
    text = re.sub(r"(?<![\d.])10\.([12])\.(?=\d+\.\d+)", lambda m: f"10.{2 * n + int(m[1])}.", text)
    return re.sub(r"\b(0[26]:00):00:", rf"\1:{n:02x}:", text)


class Server:
    def __init__(self, recorded, n, asked):
        self.asked = asked
        self.answers = {k: own(json.dumps(v), n).encode() for k, v in recorded.items() if k != "leases"}
        self.leases = [own(json.dumps(lease), n) for lease in recorded["leases"]]
        self.places = {json.loads(lease)["ip-address"]: i + 1 for i, lease in enumerate(self.leases)}
        self.pages = {}

    def page(self, arguments):
        """In Kea's words; a page is made once."""
        key = (arguments["from"], arguments["limit"])
        if key not in self.pages:
            at = 0 if key[0] == "start" else self.places[key[0]]
            part = self.leases[at:at + key[1]]
            self.pages[key] = ('{ "arguments": { "count": %d, "leases": [ %s ] }, "result": %d, "text": "%d IPv4 lease(s) found." }' % (
                len(part), ", ".join(part), 0 if part else 3, len(part))).encode()
        return self.pages[key]

    def answer(self, request):
        name, arguments = request["command"], request.get("arguments", {})
        self.asked[name] += 1
        if name == "lease4-get-page":
            return self.page(arguments)
        if name == "statistic-get":
            name += " " + arguments["name"]
        return self.answers.get(name) or json.dumps({"result": 2, "text": f"'{name}' command not supported."}).encode()

    async def talk(self, reader, writer):
        text = b""
        while part := await reader.read(65536):
            text += part
            try:
                request = json.loads(text)
                break
            except ValueError:
                continue
        else:
            writer.close()
            return
        writer.write(self.answer(request))
        try:
            await writer.drain()
            writer.close()
        except ConnectionError:
            pass  # who asked has gone


async def serve(recorded, folder, first, count):
    asked, end = collections.Counter(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
    for n in range(first, first + count):
        await asyncio.start_unix_server(Server(recorded, n, asked).talk, str(folder / f"{n}.sock"), backlog=64)
    print("ready", flush=True)
    await end.wait()
    print(json.dumps(asked), flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    asyncio.run(serve(json.loads(pathlib.Path(sys.argv[1]).read_text()), pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
