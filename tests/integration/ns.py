# ns.py - runs the tests in a private network and process namespace: fixed ports never clash, nothing survives.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import fcntl
import os
import socket
import struct
import subprocess

MARK = "IPAM_TEST_NAMESPACE"
OUTSIDE = "IPAM_TEST_OUTSIDE"       # the descriptor of the network namespace that was left

# The shell is the namespace's first process and reaps the orphans of servers that tests kill.
INIT = '"$@"; exit $?'


def inside():
    return os.environ.get(MARK) == "1"


def enter(command):
    """Replaces this process by `command` in new namespaces. When it dies, by any signal, all in them die."""
    unshare = ["unshare", "--net", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"]
    if os.geteuid() != 0:
        unshare.insert(1, "--map-root-user")
    os.environ[MARK] = "1"
    outside = os.open("/proc/self/ns/net", os.O_RDONLY)
    os.set_inheritable(outside, True)
    os.environ[OUTSIDE] = str(outside)
    os.execvp(unshare[0], [*unshare, "sh", "-c", INIT, "sh", *command])


def run_outside(command, **how):
    """Runs a command in the network that was left, for what must be fetched; returns the CompletedProcess."""
    outside = int(os.environ[OUTSIDE])
    return subprocess.run(["nsenter", f"--net=/proc/self/fd/{outside}", *command], pass_fds=[outside],
                          stdin=subprocess.DEVNULL, **how)


def loopback_up():
    """A new network namespace has its loopback down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
        request = struct.pack("16sh22x", b"lo", 0)
        flags = struct.unpack("16sh22x", fcntl.ioctl(s, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", flags | IFF_UP))
