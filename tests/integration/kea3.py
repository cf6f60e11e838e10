# kea3.py - a private real Kea 3 in a root of its own: both servers with a unix and an HTTP control socket, no agent.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import subprocess

import pytest

import kea
import ns
import proc

HERE = pathlib.Path(__file__).parent
HTTP = {"dhcp4": 18104, "dhcp6": 18106}
USER, PASSWORD = "ipam", "s3cret-of-three"
HOOKS = ("lease_cmds", "stat_cmds", "host_cmds", "subnet_cmds", "class_cmds")


def root():
    """The folder of the root with Kea 3, made once for all runs; the tests are skipped where it cannot be had."""
    made = ns.run_outside([str(HERE / "kea3-root")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if made.returncode == 77:
        pytest.skip(made.stderr.strip())
    assert made.returncode == 0, made.stderr
    return pathlib.Path(made.stdout.strip())


class Kea3(kea.Kea):
    """As kea.Kea, with the same configuration where both versions take it; services are dhcp4 and dhcp6.

    Our mount namespace is private: /tmp is shown in the root as well, so that all paths are the same in and out."""

    def __init__(self, subnets=6, shared=2, reservations=24, reservations6=6, wide=True):
        self.root, self.wide = root(), wide
        subprocess.run(["mount", "--bind", "/tmp", self.root / "tmp"], check=True)
        try:
            super().__init__(subnets, shared, reservations, reservations6)
        except BaseException:
            subprocess.run(["umount", self.root / "tmp"], check=True)
            raise
        for name in ("agent", "agent-open"):
            del self.services[name]

    def stop(self):
        super().stop()
        subprocess.run(["umount", self.root / "tmp"], check=True)

    def _proc(self, name, argv, ready, env):
        for variable in ("CONTROL_SOCKET_DIR", "DHCP_DATA_DIR", "LOG_FILE_DIR"):    # else 3.0 takes its own folders alone
            env[f"KEA_{variable}"] = str(self.dir)
        inside = ["chroot", self.root, *argv, "-c", self.dir / f"{name}.conf"]
        return proc.Proc(name, inside, ready, self.dir, env)

    def _configure(self, *sizes):
        super()._configure(*sizes)
        for service in HTTP:
            path = self.config_file(service)
            config = json.loads(path.read_text())
            self._modernise(config[service.capitalize()], service)
            path.write_text(json.dumps(config))

    def _modernise(self, config, service):
        folder = os.path.dirname(config["hooks-libraries"][0]["library"])
        config["hooks-libraries"] = [{"library": f"{folder}/libdhcp_{name}.so"} for name in HOOKS]
        del config["control-socket"]
        config["control-sockets"] = [
            {"socket-type": "unix", "socket-name": self.socket(service)},
            {"socket-type": "http", "socket-address": "127.0.0.1", "socket-port": HTTP[service], "authentication": {
                "type": "basic", "realm": "kea", "clients": [{"user": USER, "password": PASSWORD}]}}]
        config["lease-database"]["name"] = str(self.lease_file(service))
        for logger in config["loggers"]:
            logger["output-options"] = logger.pop("output_options")
        if service == "dhcp6" and self.wide:    # pools whose sizes are numbers of 20 and 25 digits
            config["subnet6"].append({"id": 603, "subnet": "fd00:3::/32", "pools": [{"pool": "fd00:3::/64"}],
                                      "pd-pools": [{"prefix": "fd00:3:8000::", "prefix-len": 48, "delegated-len": 128}]})
