"""Container images made from a few files: as bytes to push, or as a folder in the layout of OCI that tools copy from."""

import gzip
import hashlib
import io
import json
import pathlib
import tarfile

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def descriptor(media_type, data: bytes, **more):
    return {"mediaType": media_type, "digest": digest_of(data), "size": len(data), **more}


def tar(files) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o755
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


class Image:
    """`layers`: dictionaries of files, each a layer over those before."""

    def __init__(self, *layers, architecture="amd64", subject=None, artifact_type=None, annotations=None, **config):
        tars = [tar(files) for files in layers]
        self.layers = [gzip.compress(one, mtime=0) for one in tars]
        self.config = json.dumps({"architecture": architecture, "os": "linux", "config": config, "rootfs": {
            "type": "layers", "diff_ids": [digest_of(one) for one in tars]}}).encode()
        document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(CONFIG, self.config),
                    "layers": [descriptor(LAYER, one) for one in self.layers]}
        document |= {name: value for name, value in (("subject", subject), ("artifactType", artifact_type),
                                                     ("annotations", annotations)) if value}
        self.manifest = json.dumps(document).encode()
        self.digest = digest_of(self.manifest)
        self.platform = {"os": "linux", "architecture": architecture}

    @property
    def blobs(self):
        return [self.config, *self.layers]

    def as_descriptor(self):
        return descriptor(MANIFEST, self.manifest)

    def write_layout(self, folder, tag="latest"):
        """What skopeo calls oci:FOLDER:TAG."""
        write_layout(folder, {tag: self.as_descriptor()}, [*self.blobs, self.manifest])


def index_of(*images) -> bytes:
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [
        {**one.as_descriptor(), "platform": one.platform} for one in images]}).encode()


def write_layout(folder, tags, blobs):
    folder = pathlib.Path(folder)
    (folder / "blobs/sha256").mkdir(parents=True, exist_ok=True)
    for blob in blobs:
        (folder / "blobs/sha256" / hashlib.sha256(blob).hexdigest()).write_bytes(blob)
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [
        {**one, "annotations": {"org.opencontainers.image.ref.name": tag}} for tag, one in tags.items()]}))
