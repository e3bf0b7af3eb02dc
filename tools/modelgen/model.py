"""A service's published model with its overlay applied, cut down to what the served operations reach."""
import glob
import gzip
import json
import os
import re
import tomllib

from names import snake, title
from patterns import Unsupported, to_re2

PROTOCOLS = {"rest-json": "kRestJson", "rest-xml": "kRestXml", "json1.0": "kJson10", "json1.1": "kJson11",
             "query": "kQuery", "ec2": "kEc2", "smithy-rpc-v2-cbor": "kCbor"}
RESERVED = {"service", "shapes", "errors"}
OPERATION_KEYS = {"action", "resource", "conditions", "defaults", "body_bytes_max", "body_limits", "anonymous",
                  "open_because", "also", "instead", "uri", "needs_header", "status", "unwrapped"}
SHAPE_KEYS = {"min", "max", "pattern", "regex", "enum", "required", "optional", "defaults", "opaque", "document",
              "streaming", "sensitive", "members", "remove", "xml_name", "item", "key", "value"}
ERROR_KEYS = {"status", "query_code", "query_message"}


class ModelError(Exception):
    pass


def load_json(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as file:
        return json.load(file)


def published_path(name, version):
    import botocore  # the pinned build-time package; only its data is read
    folder = os.path.join(os.path.dirname(botocore.__file__), "data", name, version)
    found = sorted(glob.glob(os.path.join(folder, "service-2.json*")))
    if not found:
        raise ModelError(f"no published model for {name} {version} in {folder}")
    return found[0]


def references_in(part):
    """Every {"shape": name} of a model."""
    if isinstance(part, dict):
        if isinstance(part.get("shape"), str):
            yield part
        part = part.values()
    if not isinstance(part, str) and hasattr(part, "__iter__"):
        for inner in part:
            yield from references_in(inner)


class Model:
    def __init__(self, overlay_path, model_path=None):
        with open(overlay_path, "rb") as file:
            self.overlay = tomllib.load(file)
        self.name = os.path.splitext(os.path.basename(overlay_path))[0]
        self.service = self.overlay.get("service", {})
        self.path = model_path or published_path(self.service.get("model", self.name), self.service["version"])
        raw = load_json(self.path)
        self.metadata, self.shapes, self.operations = raw["metadata"], raw["shapes"], raw["operations"]
        self._make_event_streams_streams()
        self._join_alike()
        self.protocol = self.service.get("protocol", self.metadata["protocol"])
        self._apply_overlay()
        self.served = sorted(name for name in self.overlay if name not in RESERVED)
        self.reached = self._reach()
        self._check()

    def _fail(self, text):
        raise ModelError(f"api/{self.name}.toml: {text}")

    def _make_event_streams_streams(self):
        """An event stream is a stream of bytes here: its messages are written by the operation (wire/event_stream.h)."""
        streams = [name for name, shape in self.shapes.items() if shape.get("eventstream")]
        for name in streams:
            self.shapes[name] = {"type": "blob", "streaming": True}
        # Protocols without payloads have it as their body all the same.
        for shape in self.shapes.values():
            for member, part in shape.get("members", {}).items():
                if part["shape"] in streams and shape["type"] == "structure":
                    shape.setdefault("payload", member)

    def _join_alike(self):
        """`string` and `String` would be one name here, and are one shape where they say the same."""
        first, joined = {}, {}
        for name in sorted(self.shapes):
            other = first.setdefault(title(name), name)
            if other != name and self.shapes[name] == self.shapes[other]:
                joined[name] = other
        for name in joined:
            del self.shapes[name]
        for part in references_in([self.shapes, self.operations]) if joined else ():
            part["shape"] = joined.get(part["shape"], part["shape"])

    def _apply_overlay(self):
        for name, changes in self.overlay.get("shapes", {}).items():
            shape = self.shapes.get(name) or self._fail(f"shapes.{name}: the model has no such shape")
            if unknown := set(changes) - SHAPE_KEYS:
                self._fail(f"shapes.{name}: unknown keys {sorted(unknown)}")
            self._correct(name, shape, changes)
        for name, row in self.overlay.get("errors", {}).items():
            self._apply_error(name, row)
        for name, operation in self.overlay.items():
            if name in RESERVED:
                continue
            if name not in self.operations:
                self._fail(f"{name}: the model has no such operation")
            if unknown := set(operation) - OPERATION_KEYS:
                self._fail(f"{name}: unknown keys {sorted(unknown)}")
            if operation.get("defaults"):
                shape_name = self.operations[name]["input"]["shape"]
                self._correct(shape_name, self.shapes[shape_name], {"defaults": operation["defaults"]})

    def _apply_error(self, name, row):
        """What the model is silent about; an error that it does not know at all has a message and no more."""
        if unknown := set(row) - ERROR_KEYS:
            self._fail(f"errors.{name}: unknown keys {sorted(unknown)}")
        self.shapes.setdefault("ErrorMessage", {"type": "string"})
        shape = self.shapes.setdefault(name, {"type": "structure", "members": {"message": {"shape": "ErrorMessage"}},
                                              "exception": True})
        error = shape.setdefault("error", {})
        error.setdefault("httpStatusCode", row.get("status", 400))
        error.update({key: row[key] for key in ("query_code", "query_message") if key in row})

    def _correct(self, name, shape, changes):
        for member, value in changes.get("defaults", {}).items():
            if member not in shape["members"]:
                self._fail(f"{name}: no member {member} to default")
            shape["members"][member]["default"] = value
        for member, extra in changes.get("members", {}).items():
            shape["members"].setdefault(member, {}).update(extra)
        required = [m for m in shape.get("required", []) if m not in changes.get("optional", [])]
        required += [m for m in changes.get("required", []) if m not in required]
        if required or "required" in shape:
            shape["required"] = required
        for member in changes.get("remove", []):
            del shape["members"][member]
        for key in ("min", "max", "pattern", "regex", "enum", "opaque", "document", "streaming", "sensitive"):
            if key in changes:
                shape[key] = changes[key]
        self._name_items(shape, changes)
        if changes.get("opaque"):
            shape["document"] = True

    @staticmethod
    def _name_items(shape, changes):
        """How a structure, and the items of a list or map, are called in forms and XML."""
        for key, part in (("item", "member"), ("key", "key"), ("value", "value")):
            if key in changes:
                shape[part]["locationName"] = changes[key]
        if "xml_name" in changes:
            shape["locationName"] = changes["xml_name"]

    def references(self, name):
        shape = self.shapes[name]
        found = [member["shape"] for member in shape.get("members", {}).values()]
        found += [shape[part]["shape"] for part in ("member", "key", "value") if part in shape]
        return [] if shape.get("document") else found

    def holds_opaque(self, name, above=()):
        """Whether the shape is opaque or has such a part."""
        if self.shapes[name].get("opaque"):
            return True
        return name not in above and any(self.holds_opaque(other, (*above, name)) for other in self.references(name))

    def _reach(self):
        """Names of the shapes that served operations use, each after those it refers to where that is possible."""
        order, state = [], {}

        def visit(name):
            if name in state:
                return
            state[name] = True
            for other in self.references(name):
                visit(other)
            order.append(name)

        for error in self.overlay.get("errors", {}):
            visit(error)
        for operation in self.served:
            body = self.operations[operation]
            for part in ("input", "output"):
                if part in body:
                    visit(body[part]["shape"])
            for error in self.error_shapes(operation):
                visit(error)
        return order

    def error_shapes(self, operation):
        return [error["shape"] for error in self.operations[operation].get("errors", [])]

    def _check(self):
        for name in self.reached:
            shape = self.shapes[name]
            spelled = {}
            for member in shape.get("members", {}):
                other = spelled.setdefault(snake(member), member)
                if other != member:
                    self._fail(f"{name}: {member} and {other} become one name")
            if "pattern" in shape and "regex" not in shape:
                try:
                    regex, refused = to_re2(shape["pattern"])
                except Unsupported as reason:
                    self._fail(f"shapes.{name}: RE2 cannot take {shape['pattern']!r} ({reason}); give a `regex`")
                if regex != shape["pattern"]:
                    shape["regex"] = regex
                if refused is not None:
                    shape["regex_refused"] = refused
        for operation in self.served:
            given = self.operations[operation].get("input", {}).get("shape")
            named = [*self.overlay[operation].get("conditions", {}).values(), *self.overlay[operation].get("also", {}),
                     *self.overlay[operation].get("instead", {})]
            for member in named:
                if not self._has_member(given, member.partition(":")[0]):
                    self._fail(f"{operation}: conditions, also or instead name a member {member}, which the input has not")
            self._check_action(operation, self.overlay[operation])

    def _has_member(self, shape, path):
        """Of a structure: a member's name, or a path of them."""
        name, _, rest = path.partition(".")
        members = self.shapes[shape].get("members", {}) if shape else {}
        return name in members and (not rest or self._has_member(members[name]["shape"], rest))

    def _check_action(self, operation, overlay):
        """Nothing is open to everyone by oversight."""
        if "action" not in overlay:
            self._fail(f"{operation}: needs an `action`, empty with `open_because` when every caller may")
        if bool(overlay["action"]) == bool(overlay.get("open_because")):
            self._fail(f"{operation}: has either an `action` or a reason why it needs none, in `open_because`")
        for action in filter(None, [overlay["action"], *overlay.get("also", {}).values(), *overlay.get("instead", {}).values()]):
            if not re.fullmatch(r"[a-z0-9-]+:[A-Z][A-Za-z0-9]*", action):
                self._fail(f"{operation}: {action!r} is no action")
        if overlay["action"] and not overlay.get("resource"):
            self._fail(f"{operation}: needs a `resource`, \"*\" when there is none in particular")

    def is_structure(self, name):
        return self.shapes[name]["type"] == "structure" and not self.shapes[name].get("document")

    def errors(self):
        """Error shapes of the served operations and of the overlay, once each, by name."""
        return sorted({error for operation in self.served for error in self.error_shapes(operation)}
                      | set(self.overlay.get("errors", {})))

    def default_of(self, member):
        return member.get("default")

    def protocol_constant(self, protocol=None):
        protocol = protocol or self.protocol
        if protocol == "json":
            protocol += self.metadata.get("jsonVersion", "1.0")
        if protocol not in PROTOCOLS:
            self._fail(f"unknown protocol {protocol}")
        return PROTOCOLS[protocol]
