# SPDX-License-Identifier: Apache-2.0
"""uv and pdm behind `verify exec`, with a liar in front of an honest master, and with the liar alone."""

import http.server
import os
import ssl
import subprocess
import sys
import threading
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import house  # noqa: E402
import peer_tools as tools  # noqa: E402


class Liar:
    """A mirror that passes on what an honest one says, and alters one byte of every wheel."""

    def __init__(self, honest_url, root):
        trust = ssl.create_default_context(cafile=root)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                accept = {"Accept": self.headers.get("Accept", "*/*")}
                request = urllib.request.Request(honest_url + self.path.lstrip("/"), headers=accept)
                try:
                    with urllib.request.urlopen(request, context=trust) as answer:
                        status, fields, body = answer.status, answer.headers, answer.read()
                except urllib.error.HTTPError as refusal:
                    with refusal:
                        status, fields, body = refusal.code, refusal.headers, refusal.read()
                if self.path.endswith(".whl") and status == 200:
                    body = body[:-1] + bytes([body[-1] ^ 1])
                self.send_response(status)
                for name in ("Content-Type", "X-Page-Signature", "X-PyPI-Last-Serial"):
                    if name in fields:
                        self.send_header(name, fields[name])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


def expect(holds, what):
    if not holds:
        raise AssertionError(what)


def behind_proxy(home, mirrors, command, **environment):
    with open(home.path("mirrors.txt"), "w", encoding="utf-8") as file:
        file.writelines(f"{url} priority={rank}\n" for rank, url in enumerate(mirrors))
    program = [os.path.join(home.programs, "verify"), "exec", "--retries", "0", "--trust", home.path("trust.json"), "--mirrors",
               home.path("mirrors.txt"), "--", *command]
    # A home for each run: nobody remembers what the run before has learnt of the liar.
    done = subprocess.run(program, capture_output=True, text=True, check=False, timeout=180, cwd=home.folder,
                          env=home.environment(**environment))
    return done.returncode, done.stdout + done.stderr


def uv_is_served(home, liar, programs):
    target = home.path("by-uv")
    install = [os.path.join(programs, "uv"), "pip", "install", "--python", sys.executable, "--target", target, "proxy-sample"]
    environment = {"UV_NO_CACHE": "1", "UV_EXTRA_INDEX_URL": "http://127.0.0.1:9/"}
    code, said = behind_proxy(home, [liar.url, home.url], install, HOME=home.path("home-1"), **environment)
    expect(code == 0 and os.path.exists(os.path.join(target, "proxy_base.py")), f"uv did not get its packages: {said}")
    expect("file-hash-mismatch" in said and liar.url in said, f"the liar is not named: {said}")
    code, said = behind_proxy(home, [liar.url], [*install[:-2], home.path("nowhere"), "proxy-sample"], HOME=home.path("home-2"), **environment)
    expect(code != 0 and not os.path.exists(home.path("nowhere/proxy_sample.py")), f"uv installed a lie: {said}")
    shown = said.split("error: refused")[0]
    expect("heliograph: file proxy_" in shown, f"uv does not show the reason: {said}")


def pdm_is_served(home, liar, programs):
    project = home.path("pdm")
    os.makedirs(project)
    with open(os.path.join(project, "pyproject.toml"), "w", encoding="utf-8") as file:
        file.write('[project]\nname = "user"\nversion = "1"\nrequires-python = ">=3.8"\ndependencies = ["proxy-sample"]\n'
                   "[tool.pdm]\ndistribution = false\n")
    install = [os.path.join(programs, "pdm"), "install", "--project", project]
    environment = {"PDM_CHECK_UPDATE": "0", "PDM_CACHE_DIR": home.path("pdm-cache"), "PDM_USE_VENV": "0", "PDM_PYTHON": os.path.join(programs, "python")}
    code, said = behind_proxy(home, [liar.url, home.url], install, HOME=home.path("home-3"), **environment)
    installed = {name for _, _, names in os.walk(os.path.join(project, "__pypackages__")) for name in names}
    expect(code == 0 and {"proxy_sample.py", "proxy_base.py"} <= installed, f"pdm did not get its packages: {said}")
    expect("file-hash-mismatch" in said and liar.url in said, f"the liar is not named: {said}")


def main():
    build_folder = os.path.abspath(sys.argv[1])
    played = []
    with house.House(build_folder) as home:
        base = house.make_wheel(home.path("wheels"), "proxy-base", "1.0")
        sample = house.make_wheel(home.path("wheels"), "proxy-sample", "1.0", requires="proxy-base")
        home.run("mirror", "add", "--dir", "master", base, sample)
        home.run("mirror", "trust", "export", "--dir", "master", "-o", "trust.json")
        home.serve()
        liar = Liar(home.url, home.root)
        for tool, play in (("uv", uv_is_served), ("pdm", pdm_is_served)):
            programs = tools.install(sys.argv[2], tool)
            if programs is not None:
                play(home, liar, programs)
                played.append(tool)
                print(f"{tool}: at home")
        liar.stop()
    if not played:
        tools.skip("neither uv nor pdm can be installed here")


if __name__ == "__main__":
    main()
