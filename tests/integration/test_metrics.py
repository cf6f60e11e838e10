# test_metrics.py - /metrics for Prometheus: what it says is right, promtool has nothing against it, and it stays small.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import http.client
import re
import socket
import subprocess
import time

SAMPLE = re.compile(r'^([a-z_]+)(?:\{(.*)\})? (\S+)$')


def parse(text):
    """{name: {labels as they stand: value}}, every line understood."""
    metrics, kinds = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            kinds[line.split()[2]] = line.split()[3]
        elif not line.startswith("# HELP "):
            name, labels, value = SAMPLE.match(line).groups()
            assert labels not in metrics.setdefault(name, {}), line
            metrics[name][labels] = float(value)
    assert all(any(n == k or n.startswith(k + "_") for n in metrics) for k in kinds
               if not k.startswith(("ipam_provider", "ipam_server", "ipam_plugin", "ipam_tls_certificate", "ipam_audit_sink"))), kinds
    return metrics


def scrape(ipamd, **kw):
    answer = ipamd.get("/metrics", **kw)
    assert answer.status == 200 and answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8", answer
    return parse(answer.body.decode())


class Local(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def local_get(ipamd, path, headers=None):
    connection = Local(str(ipamd.dir / "api.sock"))
    connection.request("GET", path, headers=headers or {})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_promtool_has_nothing_to_say(ipamd, kea):
    ipamd.add_kea()
    ipamd.post("/api/v1/ipam/subnets", {"prefix": "10.9.0.0/24"})
    text = ipamd.get("/metrics").body
    run = subprocess.run(["promtool", "check", "metrics"], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert run.returncode == 0 and run.stdout == b"", run.stdout.decode()
    metrics = parse(text.decode())
    assert metrics["ipam_server_reachable"] == {'server="127.0.0.1"': 1}
    assert 0 <= metrics["ipam_server_collection_age_seconds"]['server="127.0.0.1"'] < 60
    assert metrics["ipam_provider_up"]['plugin="kea",kind="dhcp",server="127.0.0.1"'] == 1
    assert metrics["ipam_provider_calls_total"]['plugin="kea",kind="dhcp",server="127.0.0.1"'] >= 3
    assert metrics["ipam_provider_failures_total"]['plugin="kea",kind="dhcp",server="127.0.0.1"'] == 0
    assert metrics["ipam_plugin_usable"] == {'plugin="kea"': 1, 'plugin="sqlite"': 1}
    assert metrics["ipam_records"]['type="scope"'] == 22 and metrics["ipam_index_entries"][None] >= 200
    kea.stop()
    ipamd.ctl("server", "collect", "127.0.0.1", "--wait", check=False)
    metrics = scrape(ipamd)
    assert metrics["ipam_server_reachable"] == {'server="127.0.0.1"': 0}
    assert metrics["ipam_provider_failures_total"]['plugin="kea",kind="dhcp",server="127.0.0.1"'] > 0


def test_counters_count(ipamd):
    before = scrape(ipamd)
    made = ipamd.post("/api/v1/ipam/blocks", {"prefix": "10.0.0.0/8"})
    assert made.status == 201 and ipamd.post("/api/v1/ipam/blocks", {"prefix": "10.0.0.0/8"}).status == 409
    assert ipamd.get("/api/v1/ipam/blocks/1000000").status == 404 and ipamd.get("/api/v1/nothing").status == 404
    assert ipamd.request("HEAD", "/api/v1/ipam/blocks").status == 200
    s = socket.create_connection(("127.0.0.1", ipamd.port))
    s.sendall(b"nonsense\r\n\r\n")
    assert s.recv(100).startswith(b"HTTP/1.1 ")
    s.close()
    after = scrape(ipamd)

    def grown(name, labels=None):
        return after[name].get(labels, 0) - before[name].get(labels, 0)

    total = "ipam_http_requests_total"
    assert grown(total, 'route="/ipam/blocks",method="POST",code="201"') == 1
    assert grown(total, 'route="/ipam/blocks",method="POST",code="409"') == 1
    assert grown(total, 'route="/ipam/blocks/{key}",method="GET",code="404"') == 1
    assert grown(total, 'route="none",method="none",code="404"') == 1
    assert grown(total, 'route="/ipam/blocks",method="GET",code="200"') == 1
    assert grown(total, 'route="/metrics",method="GET",code="200"') == 1
    assert grown("ipam_http_request_duration_seconds_count", 'route="/ipam/blocks",method="POST"') == 2
    assert grown("ipam_http_request_duration_seconds_bucket", 'route="/ipam/blocks",method="POST",le="+Inf"') == 2
    assert grown("ipam_http_malformed_requests_total") == 1
    assert grown("ipam_gate_intents_total", 'result="accepted"') == 1 and grown("ipam_gate_intents_total", 'result="refused"') == 1
    assert grown("ipam_gate_commit_duration_seconds_count") == 1 and grown("ipam_gate_rows_total") == 1
    assert grown("ipam_head_revision") == 1 == grown("ipam_records", 'type="block"')
    assert grown("ipam_http_connections_accepted_total") >= 7
    assert after["ipam_storage_writable"] == {None: 1} and after["ipam_jobs_running"] == {None: 0}


def test_the_process(ipamd):
    metrics = scrape(ipamd)
    status = dict(line.split(":\t") for line in open(f"/proc/{ipamd.process.pid}/status") if ":\t" in line)
    assert abs(metrics["process_resident_memory_bytes"][None] - int(status["VmRSS"].split()[0]) * 1024) < 4 << 20
    assert metrics["process_threads"][None] == int(status["Threads"])
    assert abs(metrics["process_start_time_seconds"][None] - time.time()) < 60
    assert 10 < metrics["process_open_fds"][None] < 100 < metrics["process_max_fds"][None]
    assert 0 < metrics["process_cpu_seconds_total"][None] < 60
    version = ipamd.get("/api/v1/openapi.json").json()["info"]["version"]
    assert metrics["ipam_build_info"] == {f'version="{version}"': 1}
    assert metrics["ipam_log_lines_total"]['level="notice"'] >= 3      # listening twice, ready


def test_who_may(ipamd):
    assert ipamd.get("/metrics", token=None).status == 401
    assert ipamd.get("/metrics", token="wrong-token-of-somebody").status == 401
    status, text = local_get(ipamd, "/metrics")                         # on this host, whoever may open the socket
    assert status == 200 and "ipam_build_info" in text
    assert local_get(ipamd, "/metrics", {"Authorization": "Bearer wrong-token-of-somebody"})[0] == 401


def test_it_does_not_grow_with_the_plan(ipamd):
    for n in range(3):
        body = [{"address": f"10.0.{n}.{i}"} for i in range(250)]
        assert ipamd.post("/api/v1/ipam/addresses", body).status == 201
        for path in ("ipam/addresses", "ipam/blocks", "ipam/subnets", "dhcp/leases", "audit/changes"):
            ipamd.get(f"/api/v1/{path}?limit={n + 1}")
    series = sum(len(samples) for samples in scrape(ipamd).values())
    assert series < 500
    assert "10.0." not in ipamd.get("/metrics").body.decode()
