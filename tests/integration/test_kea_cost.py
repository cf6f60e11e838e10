# test_kea_cost.py - what the collection of a large Kea costs, beside a bare client that reads the same and drops it.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys

from kea_provider import HARNESS, PLUGIN

BARE = r'''
import json, socket, sys

def ask(command, **arguments):
    s, buffer, end = socket.socket(socket.AF_UNIX), bytearray(1 << 20), b""
    s.connect(sys.argv[1])
    s.sendall(json.dumps({"command": command, "arguments": arguments}).encode())
    while n := s.recv_into(buffer):
        end = (end + bytes(buffer[:n]))[-600:]
    return end

ask("config-get")
start, pages = "start", 0
while start:
    end = ask("lease4-get-page", **{"from": start, "limit": 500})
    at = end.rfind(b'"ip-address": "') + 15
    start, pages = end[at:end.index(b'"', at)].decode() if b'"result": 0' in end else None, pages + 1
print(pages)
'''

# Runs what is to be measured, and says what it used. The kernel counts the memory of a program's parent before exec as
# the program's own; so the parent is this small one, and not the tests with all they hold.
WITNESS = r'''
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print("\n%f %d" % (usage.ru_utime + usage.ru_stime, usage.ru_maxrss), flush=True)
sys.exit(os.waitstatus_to_exitcode(status))
'''


def used(pid):
    """Processor time of a process so far, in seconds."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(server, argv):
    """(seconds of the server's processor, of the client's, its peak of memory in MiB, what it prints)"""
    before = used(server)
    child = subprocess.run([sys.executable, "-S", "-c", WITNESS, *map(str, argv)], stdout=subprocess.PIPE, text=True, check=True)
    text, _, usage = child.stdout.strip().rpartition("\n")
    seconds, kib = usage.split()
    return used(server) - before, float(seconds), int(kib) // 1024, text.strip()


def test_collection_costs_little_more_than_reading(make_kea):
    kea = make_kea(subnets=500, reservations=5000, file_leases=25000)
    server, rounds = kea.services["dhcp4"].popen.pid, []
    for _ in range(3):
        bare = run(server, [sys.executable, "-S", "-c", BARE, kea.socket()])
        ours = run(server, [HARNESS, PLUGIN, "x", f"socket4={kea.socket()}", "collect"])
        print(f"bare: server {bare[0]:.2f} s, client {bare[1]:.2f} s; collection: server {ours[0]:.2f} s, "
              f"provider {ours[1]:.2f} s, {ours[2]} MiB")
        rounds.append((sum(ours[:2]) / sum(bare[:2]), ours[0] / bare[0]))
        assert bare[3] == "51" and ours[3].startswith('{"rows": 3')
        assert ours[2] < 60, "a page at a time: memory is that of the configuration"
    both, alone = (sorted(column)[1] for column in zip(*rounds))
    assert both < 4 and alone < 1.5, rounds
