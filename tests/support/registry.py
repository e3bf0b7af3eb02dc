"""A registry to pull from: the reading half of the OCI distribution API, with the ways of asking who one is."""

import base64
import http.server
import json
import threading
import urllib.parse

from images import digest_of

TOKEN = "a.token"
LOGIN = "someone:secret"


class Registry:
    """Serves images by {"name:tag": Image}. `access` is None, "token", "basic" or "denied"; blobs are sent to another
    address if they are `redirected`, which gets no credentials. With `tls`, an ssl.SSLContext, it speaks HTTPS, and goes by
    `name`. Layers are handed out while `open` is set, and none that is `lost`; while it is `away`, it refuses all."""

    def __init__(self, images, access=None, redirected=False, tls=None, name="localhost"):
        self.images, self.access, self.redirected = images, access, redirected
        self.asked = []  # (path, Authorization)
        self.open, self.lost = threading.Event(), set()
        self.open.set()
        self.away, self.refusals = False, 0
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.host = f"{name}:{self.port}"
        self.url = f"http{'s' if tls else ''}://{self.host}"
        self.elsewhere = "https://other." + self.host if tls else f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.open.set()
        self.server.shutdown()
        self.server.server_close()

    def find(self, name, reference):
        for known, image in self.images.items():
            if known in (f"{name}:{reference}",) or (known.rpartition(":")[0] == name and image.digest == reference):
                return image
        return None

    def blob(self, name, digest):
        for known, image in self.images.items():
            if known.rpartition(":")[0] == name and digest in image.blobs():
                return image.blobs()[digest]
        return None

    def is_layer(self, digest):
        return any(digest == digest_of(layer.data) for image in self.images.values() for layer in image.layers)

    def layers_asked(self):
        return [path for path, _ in self.asked if self.is_layer(path.rpartition("/")[2])]

    def handler(registry):  # pylint: disable=no-self-argument
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, status, body=b"", **headers):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(body)

            def permitted(self):
                given = self.headers.get("Authorization", "")
                basic = "Basic " + base64.b64encode(LOGIN.encode()).decode()
                return {None: True, "token": given == "Bearer " + TOKEN, "basic": given == basic, "denied": False}[registry.access]

            def do_GET(self):
                registry.asked.append((self.path, self.headers.get("Authorization")))
                if registry.away:
                    registry.refusals += 1
                    return self.answer(503)
                path = urllib.parse.urlsplit(self.path)
                parts = path.path.split("/")
                if path.path == "/token":
                    query = urllib.parse.parse_qs(path.query)
                    assert query["service"] == ["test"] and query["scope"][0].startswith("repository:"), query
                    return self.answer(200, json.dumps({"token": TOKEN}).encode())
                if parts[1] == "elsewhere":
                    return self.answer(200, registry.blob("/".join(parts[2:-1]), parts[-1]))
                if not self.permitted():
                    challenge = f'Bearer realm="{registry.url}/token",service="test"' if registry.access == "token" else "Basic realm=x"
                    return self.answer(401, WWW_Authenticate=challenge)
                name, kind, wanted = "/".join(parts[2:-2]), parts[-2], parts[-1]
                if kind == "manifests" and (image := registry.find(name, wanted)):
                    return self.answer(200, image.manifest_bytes, Content_Type=image.manifest["mediaType"])
                if kind == "blobs" and (data := registry.blob(name, wanted)) is not None and wanted not in registry.lost:
                    if registry.is_layer(wanted):
                        registry.open.wait(60)
                        if registry.away:
                            registry.refusals += 1
                            return self.answer(503)
                    if registry.redirected:
                        return self.answer(307, Location=f"{registry.elsewhere}/elsewhere/{name}/{wanted}")
                    return self.answer(200, data)
                return self.answer(404)

        return Handler
