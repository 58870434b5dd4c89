#!/usr/bin/env python3
"""The metadata services of three clouds, and every way in which they fail.

usage: metadata.py FOLDER

Serves port 80 of the network namespace it runs in, at every address. FOLDER holds what to
serve, read anew for each request: `provider` (aws, azure or gcp), `document` (the JSON
that is served; for AWS the tree below `macs/`) and `mode` (see MODES below). Each request
is a line of FOLDER/requests: method, path, status. FOLDER/listening appears when it listens.
"""
import hashlib
import json
import os
import socket
import struct
import sys
import threading
import time

FOLDER = sys.argv[1]
REASONS = {200: "OK", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
           404: "Not Found", 410: "Gone", 429: "Too Many Requests"}
MACS = "network/interfaces/macs/"
lock = threading.Lock()
tokens = set()


def read(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read().strip()


def note(method, path, status):
    with lock, open(os.path.join(FOLDER, "requests"), "a", encoding="utf-8") as file:
        file.write(f"{method} {path} {status}\n")


def answer(status, body=b"", **headers):
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Whatever')}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def as_text(leaf):
    return "\n".join(leaf) if isinstance(leaf, list) else leaf


def aws(method, path, headers, mode):
    if path == "/latest/api/token":
        seconds = headers.get("x-aws-ec2-metadata-token-ttl-seconds", "")
        if method != "PUT" or not seconds.isdigit() or not 1 <= int(seconds) <= 21600:
            return 400, b"", {}
        token = hashlib.sha256(os.urandom(8)).hexdigest()
        tokens.add(token)
        return 200, token.encode(), {"X-Aws-Ec2-Metadata-Token-Ttl-Seconds": seconds}
    token = headers.get("x-aws-ec2-metadata-token")
    if mode == "expired" and tokens:
        tokens.clear()
        with open(os.path.join(FOLDER, "mode"), "w", encoding="utf-8") as file:
            file.write("ok")
    if token not in tokens or mode == "401-storm":
        return 401, b"", {}
    tree = json.loads(read("document"))
    version, _, rest = path.lstrip("/").partition("/meta-data/")
    if version not in ("latest", "2021-07-15"):
        return 404, b"", {}
    if rest in ("mac", "mac/"):
        return 200, next(iter(tree)).encode(), {}
    if not rest.startswith(MACS):
        return 404, b"", {}
    mac, _, leaf = rest.removeprefix(MACS).partition("/")
    if not mac:
        return 200, "\n".join(mac + "/" for mac in tree).encode(), {}
    if mac not in tree or mode == "404-" + leaf:
        return 404, b"", {}
    if mode == "500-" + leaf:
        return 500, b"", {}
    if not leaf:
        return 200, "\n".join(tree[mac]).encode(), {}
    if leaf not in tree[mac] or isinstance(tree[mac][leaf], dict):
        return 404, b"", {}
    return 200, as_text(tree[mac][leaf]).encode(), {}


def azure(method, path, headers, mode):
    path, _, query = path.partition("?")
    if headers.get("metadata") != "true" or "x-forwarded-for" in headers:
        return 400, b'{"error": "Bad request. Required metadata header not specified"}', {}
    if path != "/metadata/instance/network" or method != "GET":
        return 404, b"", {}
    version = query.removeprefix("api-version=")
    if mode == "old-versions" and version > "2019-06-01":
        return 400, b'{"error": "Bad request. api-version is invalid"}', {}
    return 200, read("document").encode(), {"Content-Type": "application/json"}


def gcp(method, path, headers, mode):
    flavor = {"Metadata-Flavor": "Google"}
    if headers.get("metadata-flavor") != "Google":
        return 403, b"", flavor
    path, _, query = path.partition("?")
    asked = dict(part.partition("=")[::2] for part in query.split("&") if part)
    if path.rstrip("/") in ("", "/computeMetadata/v1/instance"):
        return 200, b"network-interfaces/\n", flavor
    if path != "/computeMetadata/v1/instance/network-interfaces/" or method != "GET":
        return 404, b"", flavor
    end = time.monotonic() + int(asked.get("timeout_sec", "3600"))
    while True:
        body = read("document").encode()
        etag = hashlib.sha256(body).hexdigest()[:16]
        waits = asked.get("wait_for_change") == "true" and asked.get("last_etag") == etag
        if not waits or read("mode") != "ok" or time.monotonic() > end:
            break
        time.sleep(0.05)
    if mode == "no-etag":
        return 200, body, {"Content-Type": "application/json", **flavor}
    if mode == "wrong-flavor":
        flavor = {"Metadata-Flavor": "Somebody"}
    if mode == "no-flavor":
        flavor = {}
    return 200, body, {"Content-Type": "application/json", "ETag": etag, **flavor}


SERVICES = {"aws": aws, "azure": azure, "gcp": gcp}


def trickle(client, data, pause):
    """Sends a byte at a time, for as long as anybody listens."""
    for byte in data:
        client.sendall(bytes([byte]))
        time.sleep(pause)


def endless(client, start):
    client.sendall(start)
    while True:
        client.sendall(b"x" * 65536)


def reset(client):
    """Closes with RST instead of FIN."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


# As clients must call the service: by address, and without the usual port.
HOSTS = ("169.254.169.254", "[fd00:ec2::254]", "192.0.2.80")
HEAD = b"HTTP/1.1 200 OK\r\nMetadata-Flavor: Google\r\n"
# What happens instead of an answer.
MODES = {
    "silent": lambda client: client.recv(1),
    "slow": lambda client: trickle(client, HEAD + b"Content-Length: 999\r\n\r\n" + b" " * 999, 0.2),
    "resetting": reset,
    "garbage": lambda client: client.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 what?\r\n\r\n"),
    "endless-body": lambda client: endless(client, HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n"),
    "endless-head": lambda client: endless(client, HEAD + b"X: "),
    "ten-megabytes": lambda client: client.sendall(HEAD + b"Content-Length: 10485760\r\n\r\n" + b" " * 10485760),
    "cut-off": lambda client: client.sendall(HEAD + b"Content-Length: 99\r\n\r\n{\"interface\": ["),
    "not-json": lambda client: client.sendall(HEAD + b"Content-Length: 5\r\n\r\n\xff\x00\xfe\x00!"),
    "other-shape": lambda client: client.sendall(HEAD + b"Content-Length: 8\r\n\r\n{\"a\": 1}"),
    "redirect": lambda client: client.sendall(answer(302, Location="http://127.0.0.1:9/", Metadata_Flavor="Google")),
}


def serve(client):
    stream = client.makefile("rb")
    answered = False
    while line := stream.readline():
        method, path, _ = line.decode().split(" ", 2)
        headers = {}
        while (line := stream.readline().strip()):
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        mode = read("mode")
        if headers.get("host") not in HOSTS:
            note(method, path, "host")
            return client.sendall(answer(400))
        if mode == "hanging-up" and answered:
            return  # As any server may after an answer, without a word before.
        if mode in MODES:
            note(method, path, mode)
            return MODES[mode](client)
        if mode.isdigit():
            status, body, more = int(mode), b"", {"Metadata-Flavor": "Google"}
        else:
            status, body, more = SERVICES[read("provider")](method, path, headers, mode)
        note(method, path, status)
        client.sendall(answer(status, body, **more))
        answered = True


def guarded(client):
    with client:
        try:
            serve(client)
        except OSError:
            pass  # The client has gone, as it should.


def main():
    listener = socket.create_server(("::", 80), family=socket.AF_INET6, backlog=64,
                                    dualstack_ipv6=True)
    open(os.path.join(FOLDER, "listening"), "w", encoding="utf-8").close()
    while True:
        client, _ = listener.accept()
        threading.Thread(target=guarded, args=(client,), daemon=True).start()


main()
