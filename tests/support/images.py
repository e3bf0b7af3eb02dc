"""A small builder of container images: layers from Python, written as an OCI layout, an archive, or what `docker save`
writes; and root file systems made of this host's Debian packages."""

import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import subprocess
import tarfile

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER = {MANIFEST: "application/vnd.docker.distribution.manifest.v2+json",
          CONFIG: "application/vnd.docker.container.image.v1+json",
          LAYER: "application/vnd.docker.image.rootfs.diff.tar", LAYER + "+gzip": "application/vnd.docker.image.rootfs.diff.tar.gzip"}


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Link(str):
    """A symbolic link to there."""


class HardLink(str):
    """Another name of a file."""


class Folder:
    def __init__(self, mode=0o755):
        self.mode = mode


class File:
    """A file of this host, or bytes, with a mode."""

    def __init__(self, content, mode=0o644):
        self.content, self.mode = content, mode


def tar_of(entries) -> bytes:
    """An archive of {path: text, bytes, Link, HardLink, Folder, File or TarInfo}."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, what in entries.items():
            info, data = entry_of(path, what)
            archive.addfile(info, io.BytesIO(data) if data is not None else None)
    return buffer.getvalue()


def entry_of(path, what):
    if isinstance(what, tarfile.TarInfo):
        return what, None
    info = tarfile.TarInfo(path)
    info.mode, info.mtime = 0o755, 1_600_000_000
    if isinstance(what, (Link, HardLink)):
        info.type, info.linkname = (tarfile.SYMTYPE if isinstance(what, Link) else tarfile.LNKTYPE), str(what)
        return info, None
    if isinstance(what, Folder):
        info.type, info.mode = tarfile.DIRTYPE, what.mode
        return info, None
    if isinstance(what, File):
        info.mode, what = what.mode, what.content
    if isinstance(what, pathlib.Path):
        info.mtime = int(what.stat().st_mtime)  # Python compares it with what it noted when it compiled the file
    data = what.read_bytes() if isinstance(what, pathlib.Path) else what.encode() if isinstance(what, str) else what
    info.size = len(data)
    return info, data


class Layer:
    """Entries, or the bytes of an archive. `compression` is "gzip", "zstd" or none."""

    def __init__(self, entries, compression="gzip"):
        tar = entries if isinstance(entries, bytes) else tar_of(entries)
        self.diff_id = digest_of(tar)
        self.media_type = LAYER + (f"+{compression}" if compression else "")
        if compression == "gzip":
            tar = gzip.compress(tar, 1, mtime=0)
        elif compression == "zstd":
            tar = subprocess.run(["zstd", "-q", "-c"], input=tar, stdout=subprocess.PIPE, check=True).stdout
        self.data = tar


def descriptor(media_type, data, **more):
    return {"mediaType": media_type, "digest": digest_of(data), "size": len(data), **more}


class Image:
    """Its documents as they would be pushed. Members may be changed before it is written."""

    def __init__(self, *layers, architecture="amd64", system="linux", **config):
        self.layers = [layer if isinstance(layer, Layer) else Layer(layer) for layer in layers]
        self.config = {"architecture": architecture, "os": system, "config": config,
                       "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in self.layers]}}
        self.manifest = {"schemaVersion": 2, "mediaType": MANIFEST,
                         "config": descriptor(CONFIG, self.config_bytes),
                         "layers": [descriptor(layer.media_type, layer.data) for layer in self.layers]}

    @property
    def config_bytes(self):
        return json.dumps(self.config).encode()

    @property
    def manifest_bytes(self):
        return json.dumps(self.manifest).encode()

    @property
    def digest(self):
        return digest_of(self.manifest_bytes)

    def blobs(self):
        return {digest_of(data): data for data in [self.config_bytes, *(layer.data for layer in self.layers)]}

    def layout_files(self, tag="latest"):
        entry = descriptor(MANIFEST, self.manifest_bytes, annotations={"org.opencontainers.image.ref.name": tag})
        files = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
                 "index.json": json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()}
        for digest, data in {**self.blobs(), self.digest: self.manifest_bytes}.items():
            files["blobs/sha256/" + digest.removeprefix("sha256:")] = data
        return files

    def write_layout(self, folder, tag="latest"):
        """Gives the ImageUri."""
        folder = pathlib.Path(folder)
        for name, data in self.layout_files(tag).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        open_to_all(folder)
        return f"oci:{folder}:{tag}"

    def write_archive(self, path, tag="latest"):
        pathlib.Path(path).write_bytes(tar_of({name: File(data) for name, data in self.layout_files(tag).items()}))
        return f"oci-archive:{path}:{tag}"

    def write_docker_archive(self, path, name="app:latest"):
        files = {digest_of(self.config_bytes)[7:] + ".json": self.config_bytes}
        layers = []
        for layer in self.layers:
            layers.append(digest_of(layer.data)[7:] + "/layer.tar")
            files[layers[-1]] = layer.data
        files["manifest.json"] = json.dumps([{"Config": next(iter(files)), "RepoTags": [name], "Layers": layers}]).encode()
        pathlib.Path(path).write_bytes(tar_of({name: File(data) for name, data in files.items()}))
        return f"docker-archive:{path}:{name}"


def open_to_all(folder):
    """The server reads it as another user than the tests write it."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def libraries_of(program):
    """What the loader needs to start it, the loader included."""
    done = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    return [pathlib.Path(path) for path in re.findall(r"(/\S+) \(0x", done.stdout)]


def files_of_package(package):
    """Files and links that a Debian package brought to this host; nothing when it is not installed."""
    done = subprocess.run(["dpkg", "-L", package], capture_output=True, text=True, check=False)
    return [pathlib.Path(line) for line in done.stdout.splitlines()
            if line.startswith("/") and not os.path.isdir(line) and os.path.lexists(line)]


def host_files(paths):
    """Entries of an image that has these files of the host at their paths. Folders that are links on the host (/lib) are
    links in the image."""
    entries = {}
    for path in paths:
        real = pathlib.Path(os.path.realpath(path.parent)) / path.name
        if path.parent != real.parent:
            top = path.parts[1]
            if os.path.islink("/" + top):
                entries["usr/" + top] = Folder()
                entries[top] = Link(os.readlink("/" + top))
        if real.is_symlink():
            entries[str(real)[1:]] = Link(os.readlink(real))
            real = real.resolve()
        if real.is_file():
            entries[str(real)[1:]] = File(real, real.stat().st_mode & 0o777)
    return entries


BUSYBOX = pathlib.Path("/bin/busybox")


def busybox_layer():
    """A shell and its tools that need no library (Debian's busybox-static)."""
    names = ("sh", "cat", "ls", "echo", "wget", "sed", "env", "pwd", "id", "grep", "tr", "stat", "head", "nc", "mkdir")
    return Layer({"bin/busybox": File(BUSYBOX, 0o755), **{"bin/" + name: Link("busybox") for name in names},
                  "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n", "tmp": Folder(0o1777)})


def python_layer():
    """Debian's Python with its libraries."""
    paths = []
    for package in ("python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib"):
        paths += [path for path in files_of_package(package) if not path.is_relative_to("/usr/share")]
    paths += [compiled for path in paths for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc")]
    programs = [path for path in paths if path.suffix == ".so" or path.name == "python3.11"]
    libraries = {library for program in programs for library in libraries_of(program)}
    entries = {"usr": Folder(), "tmp": Folder(0o1777), **host_files(paths), **host_files(sorted(libraries))}
    return Layer({**entries, "usr/bin/python3": Link("python3.11")})


def python_image(files):
    """Debian's Python, AWS's runtime client for it (awslambdaric), and these files in /var/task; app.handler runs."""
    import awslambdaric  # pylint: disable=import-outside-toplevel,import-error
    packages = pathlib.Path(awslambdaric.__file__).parents[1]
    native = list(packages.glob("runtime_client*.so"))
    client = {}
    for path in [*native, packages / "snapshot_restore_py.py", *(packages / "awslambdaric").rglob("*"),
                 *(packages / "simplejson").rglob("*")]:
        if path.is_file():
            client["var/runtime/" + str(path.relative_to(packages))] = File(path, 0o755)
    libraries = {library for path in native for library in libraries_of(path)}
    return Image(python_layer(), {**client, **host_files(sorted(libraries))},
                 {"var/task/" + name: text for name, text in files.items()}, Env=["PYTHONPATH=/var/runtime"],
                 Entrypoint=["/usr/bin/python3", "-m", "awslambdaric"], Cmd=["app.handler"], WorkingDir="/var/task")


# Answers each event with what a shell command prints, and the event.
CLIENT = """#!/bin/sh
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
while true; do
  event=$(wget -q -S -O - $api/next 2>/tmp/head)
  id=$(sed -n 's/^ *[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: *//p' /tmp/head | tr -d '\\r')
  answer=$(eval "$(echo "$event" | sed 's/^"//; s/"$//')" 2>&1)
  wget -q -O /dev/null --post-data "$answer" $api/$id/response
done
"""


def run(aws, name, command):
    answer = aws.invoke(FunctionName=name, Payload=json.dumps(command).encode())
    return answer["Payload"].read().decode()
