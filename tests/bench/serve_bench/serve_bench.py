#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Serves the same bytes with heliograph and with a tuned nginx, in turn, and prints the ratios.

    cmake --preset release -B build/bench -DBUILD_TESTING=ON
    cmake --build build/bench --target serve_bench_site
    tests/bench/serve_bench/serve_bench.py build/bench/tests/bench/serve_bench_site

Needs wrk and openssl; without nginx it prints heliograph's numbers alone. CPU time per request of the server is
the number to trust: absolute speed drifts on a shared machine, ratios of one run do not.
"""
import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

NGINX = """
daemon off; worker_processes 1; pid {dir}/nginx.pid; error_log {dir}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000000; keepalive_timeout 600s;
  open_file_cache max=1000 inactive=600s; open_file_cache_valid 600s; etag on; server_tokens off;
  default_type text/html;
  client_body_temp_path {dir}/b; proxy_temp_path {dir}/p; fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u;
  scgi_temp_path {dir}/s;
  server {{ listen 127.0.0.1:{plain}; root {dir}/www; }}
  server {{ listen 127.0.0.1:{tls} ssl; root {dir}/www; ssl_certificate {dir}/cert.pem;
    ssl_certificate_key {dir}/key.pem; ssl_protocols TLSv1.3; ssl_session_cache off; }}
}}
"""


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tree_of(pid):
    pids = [pid]
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as stat:
                    if int(stat.read().rsplit(")", 1)[1].split()[1]) == pid:
                        pids.append(int(entry))
            except OSError:
                continue
    return pids


def cpu_seconds(pid):
    total = 0
    for member in tree_of(pid):
        for task in os.listdir(f"/proc/{member}/task"):
            with open(f"/proc/{member}/task/{task}/schedstat") as stat:
                total += int(stat.read().split()[0])
    return total / 1e9


def pinned(core, command):
    return ["taskset", "-c", str(core), *command] if os.cpu_count() > 1 and shutil.which("taskset") else command


class Served:
    """One server process and where its three documents are."""

    def __init__(self, command, urls=None):
        self.process = subprocess.Popen(pinned(0, command), stdout=subprocess.PIPE, text=True)
        self.urls = urls
        if urls is None:
            large = self.process.stdout.readline().split()[1]
            port = self.process.stdout.readline().split()[1]
            scheme = "https" if len(command) > 2 else "http"
            base = f"{scheme}://127.0.0.1:{port}"
            self.urls = [base + "/simple/small/", base + "/simple/medium/", base + large]

    def sample(self, which, connections, seconds):
        command = pinned(1, ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", self.urls[which]])
        subprocess.run(pinned(1, ["wrk", "-t1", f"-c{connections}", "-d1s", self.urls[which]]), capture_output=True,
                       check=True)
        before = cpu_seconds(self.process.pid)
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        spent = cpu_seconds(self.process.pid) - before
        requests = int(re.search(r"(\d+) requests in", output).group(1))
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
        if "Non-2xx" in output or requests == 0:
            sys.exit(f"wrong answers from {self.urls[which]}:\n{output}")
        return spent / requests * 1e6, rate

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


def make_material(folder):
    os.makedirs(f"{folder}/www")
    for name, size in (("small", 4096), ("medium", 51200), ("large", 20 << 20)):
        with open(f"{folder}/www/{name}", "wb") as out:
            out.write(b"x" * size)
    with open(f"{folder}/leaf.conf", "w") as out:
        out.write("[req]\ndistinguished_name=name\nx509_extensions=leaf\nprompt=no\n[name]\nCN=bench\n[leaf]\n"
                  "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
                  "extendedKeyUsage=serverAuth\nsubjectAltName=IP:127.0.0.1\nsubjectKeyIdentifier=hash\n")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem", "-days", "2",
                    "-config", f"{folder}/leaf.conf"], check=True, capture_output=True)
    with open(f"{folder}/bundle.pem", "w", opener=lambda p, f: os.open(p, f, 0o600)) as out:
        out.write(open(f"{folder}/key.pem").read() + open(f"{folder}/cert.pem").read())


def start_nginx(folder):
    plain, tls = free_port(), free_port()
    with open(f"{folder}/nginx.conf", "w") as out:
        out.write(NGINX.format(dir=folder, plain=plain, tls=tls))
    command = ["nginx", "-p", folder, "-c", f"{folder}/nginx.conf"]
    names = ("small", "medium", "large")
    server = Served(command, [f"http://127.0.0.1:{plain}/{n}" for n in names]
                    + [f"https://127.0.0.1:{tls}/{n}" for n in names])
    for _ in range(200):
        try:
            urllib.request.urlopen(server.urls[0]).read()
            return server
        except OSError:
            time.sleep(0.05)
    sys.exit("nginx did not start; see its error log")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("site", help="the built serve_bench_site")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    args = parser.parse_args()
    for tool in ("wrk", "openssl"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is not installed")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        make_material(folder)
        servers = []
        try:
            plain = Served([args.site, f"{folder}/plain"])
            servers.append(plain)
            tls = Served([args.site, f"{folder}/tls", f"{folder}/bundle.pem"])
            servers.append(tls)
            nginx = start_nginx(folder) if shutil.which("nginx") else None
            if nginx:
                servers.append(nginx)
            report(plain, tls, nginx, args)
        finally:
            for server in servers:
                server.stop()


def report(plain, tls, nginx, args):
    print(f"{'':18}{'CPU us/request':>30}{'requests/s':>32}")
    print(f"{'':18}{'heliograph':>12}{'nginx':>10}{'ratio':>8}{'heliograph':>14}{'nginx':>10}{'ratio':>8}")
    for row, name in enumerate(("4 KiB plain", "50 KiB plain", "20 MiB plain", "4 KiB TLS", "50 KiB TLS",
                                "20 MiB TLS")):
        ours, which = (plain, row) if row < 3 else (tls, row - 3)
        connections = 16 if which == 2 else 50
        mine, theirs = [], []
        for _ in range(args.rounds):
            mine.append(ours.sample(which, connections, args.seconds))
            if nginx:
                theirs.append(nginx.sample(row, connections, args.seconds))
        cpu, rate = (statistics.median(sample[i] for sample in mine) for i in (0, 1))
        line = f"{name:18}{cpu:12.1f}"
        if nginx:
            other_cpu, other_rate = (statistics.median(sample[i] for sample in theirs) for i in (0, 1))
            line += f"{other_cpu:10.1f}{cpu / other_cpu:8.2f}{rate:14.0f}{other_rate:10.0f}{rate / other_rate:8.2f}"
        else:
            line += f"{'-':>10}{'-':>8}{rate:14.0f}{'-':>10}{'-':>8}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
