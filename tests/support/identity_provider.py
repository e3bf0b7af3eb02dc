"""An identity provider for the tests: keys, the tokens that they sign, and an HTTPS server that shows them. Keys and
signatures come from the openssl command."""

import base64
import hashlib
import hmac
import http.server
import json
import pathlib
import ssl
import threading
import time

from certificates import make_certificates, openssl

CURVES = {"ES256": ("prime256v1", "P-256", 32), "ES384": ("secp384r1", "P-384", 48), "ES512": ("secp521r1", "P-521", 66)}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def integers(der: bytes) -> list[int]:
    """Of a signature: SEQUENCE { r INTEGER, s INTEGER }."""
    at = 3 if der[1] & 0x80 else 2
    found = []
    while at < len(der):
        length = der[at + 1]
        found.append(int.from_bytes(der[at + 2:at + 2 + length], "big"))
        at += 2 + length
    return found


class Key:
    def __init__(self, folder: pathlib.Path, key_id: str, algorithm="RS256", bits=2048):
        self.id = key_id
        self.algorithm = algorithm
        self.path = str(folder / f"{key_id}.pem")
        if algorithm in CURVES:
            openssl("ecparam", "-name", CURVES[algorithm][0], "-genkey", "-noout", "-out", self.path)
        else:
            openssl("genrsa", "-out", self.path, str(bits))

    @property
    def jwk(self):
        shown = {"kid": self.id, "use": "sig", "alg": self.algorithm}
        if self.algorithm in CURVES:
            _, name, size = CURVES[self.algorithm]
            point = openssl("ec", "-in", self.path, "-pubout", "-outform", "DER")[-2 * size:]
            return {**shown, "kty": "EC", "crv": name, "x": b64(point[:size]), "y": b64(point[size:])}
        modulus = openssl("rsa", "-in", self.path, "-noout", "-modulus").strip().split(b"=")[1]
        return {**shown, "kty": "RSA", "n": b64(bytes.fromhex(modulus.decode())), "e": "AQAB"}

    def sign(self, text: bytes) -> bytes:
        signature = openssl("dgst", "-sha" + self.algorithm[2:], "-sign", self.path, data=text)
        if self.algorithm not in CURVES:
            return signature
        size = CURVES[self.algorithm][2]
        return b"".join(number.to_bytes(size, "big") for number in integers(signature))

    def token(self, claims, **header) -> str:
        head = {"typ": "JWT", "alg": self.algorithm, "kid": self.id, **header}
        head = {name: value for name, value in head.items() if value is not None}
        text = b64(json.dumps(head).encode()) + "." + b64(json.dumps(claims).encode())
        if head["alg"] == "none":
            return text + "."
        if head["alg"].startswith("HS"):
            public = openssl("rsa", "-in", self.path, "-pubout")
            return text + "." + b64(hmac.new(public, text.encode(), hashlib.sha256).digest())
        return text + "." + b64(self.sign(text.encode()))


def claims_of(issuer, audience, subject, **more):
    now = int(time.time())
    claims = {"iss": issuer, "aud": audience, "sub": subject, "iat": now, "exp": now + 600, **more}
    return {name: value for name, value in claims.items() if value is not None}


class Provider:
    """Serves its configuration and keys on https://localhost:PORT, with a certificate of its own authority."""

    def __init__(self, folder: pathlib.Path):
        self.keys: list[Key] = []
        self.requests: list[str] = []
        chain = self._certificates(folder)
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                provider.requests.append(self.path)
                answers = {"/realm/.well-known/openid-configuration": {"issuer": provider.issuer,
                                                                       "jwks_uri": provider.issuer + "/keys"},
                           "/realm/keys": {"keys": [key.jwk for key in provider.keys]}}
                body = json.dumps(answers.get(self.path, {})).encode()
                self.send_response(200 if self.path in answers else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, str(folder / "leaf.key"))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.issuer = f"https://localhost:{self.server.server_port}/realm"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def _certificates(self, folder):
        def path(name):
            return str(folder / name)

        make_certificates(folder, "localhost")
        self.thumbprint = hashlib.sha1(openssl("x509", "-in", path("ca.pem"), "-outform", "DER")).hexdigest()
        return path("chain.pem")

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
