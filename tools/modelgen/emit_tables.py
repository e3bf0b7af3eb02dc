"""Writes generated/api/<service>.cc: the shape, operation and service tables."""
from emit_header import Header, default_json
from names import snake, text, title

KINDS = {"structure": "kStructure", "list": "kList", "map": "kMap", "string": "kString", "character": "kString",
         "blob": "kBlob", "boolean": "kBoolean", "integer": "kInteger", "long": "kLong", "float": "kFloat",
         "double": "kDouble", "timestamp": "kTimestamp"}
LOCATIONS = {"header": "kHeader", "headers": "kHeaders", "uri": "kUri", "querystring": "kQuery",
             "statusCode": "kStatus"}
TIMES = {"unixTimestamp": "kEpoch", "iso8601": "kIso8601", "rfc822": "kRfc822"}


def number(value):
    return repr(float(value)) if isinstance(value, float) else f"{int(value)}.0"


def fields(pairs):
    """Designated initialisers for the pairs that say something."""
    return "{" + ", ".join(f".{key} = {value}" for key, value in pairs if value not in (None, "", False)) + "}"


def quoted(value):
    return text(value) if value else None


class Tables:
    def __init__(self, model):
        self.model, self.shapes, self.header = model, model.shapes, Header(model)

    def time_format(self, source):
        value = source.get("timestampFormat")
        return f"TimeFormat::{TIMES[value]}" if value else None

    def member(self, structure, name):
        shape = self.shapes[structure]
        member = shape["members"][name]
        target = self.shapes[member["shape"]]
        plain = self.header.is_plain(structure, name) and not self.header.is_recursive(structure, name)
        location = LOCATIONS.get(member.get("location"))
        namespace = member.get("xmlNamespace", {})
        return fields([
            ("name", text(name)), ("shape", f"&k{title(member['shape'])}"),
            ("wire_name", text(member.get("locationName", name))),
            ("location", f"Location::{location}" if location else None), ("time_format", self.time_format(member)),
            ("required", "true" if name in shape.get("required", []) else None),
            ("flattened", "true" if member.get("flattened") or target.get("flattened") else None),
            ("xml_attribute", "true" if member.get("xmlAttribute") else None),
            ("idempotency_token", "true" if member.get("idempotencyToken") else None),
            ("json_value", "true" if member.get("jsonvalue") else None),
            ("host_label", "true" if member.get("hostLabel") else None),
            ("query_name", quoted(member.get("queryName"))), ("xml_namespace", quoted(namespace.get("uri"))),
            ("xml_prefix", quoted(namespace.get("prefix"))), ("default_json", quoted(default_json(member))),
            ("offset", f"offsetof({title(structure)}, {snake(name)})"),
            ("optional", None if plain else f"&kOptionalAccess<{self.header.member_type(structure, name)}>"),
        ])

    def constraints(self, shape):
        return [
            ("min", number(shape["min"]) if "min" in shape else None),
            ("max", number(shape["max"]) if "max" in shape else None), ("pattern", quoted(shape.get("pattern"))),
            ("regex", quoted(shape.get("regex"))), ("regex_refused", quoted(shape.get("regex_refused"))),
        ]

    def container(self, name, shape):
        if shape["type"] == "list":
            item = shape["member"]
            return [("element", f"&k{title(item['shape'])}"), ("element_name", quoted(item.get("locationName"))),
                    ("container", f"&kListAccess<{self.header.type_of(item['shape'])}>")]
        if shape["type"] == "map":
            key, value = shape["key"], shape["value"]
            return [("element", f"&k{title(value['shape'])}"), ("key", f"&k{title(key['shape'])}"),
                    ("element_name", quoted(value.get("locationName"))), ("key_name", quoted(key.get("locationName"))),
                    ("container", f"&kMapAccess<{self.header.type_of(value['shape'])}>")]
        return []

    def error(self, name, shape):
        if not shape.get("exception") and "error" not in shape:
            return []
        error = shape.get("error", {})
        fault = shape.get("fault", False) or error.get("fault", False)
        return [("error_status", error.get("httpStatusCode", 500 if fault else 400)),
                ("error_code", text(error.get("code", name))), ("server_fault", "true" if fault else None),
                ("query_code", quoted(error.get("query_code"))), ("query_message", quoted(error.get("query_message")))]

    def shape(self, name):
        shape, lines = self.shapes[name], []
        document = shape.get("document")
        is_structure = self.model.is_structure(name)
        members = list(shape.get("members", {})) if is_structure else []
        if members:
            lines.append(f"constexpr Member k{title(name)}Members[] = {{")
            lines += [f"    {self.member(name, member)}," for member in members] + ["};"]
        if shape.get("enum"):
            lines += [f"constexpr std::string_view k{title(name)}Values[] = {{",
                      "    " + ", ".join(text(value) for value in shape["enum"]) + "};"]
        payload = shape.get("payload") if is_structure else None
        namespace = shape.get("xmlNamespace", {})
        pairs = [("name", text(name)), ("kind", "Kind::kDocument" if document else f"Kind::{KINDS[shape['type']]}"),
                 ("members", f"k{title(name)}Members" if members else None),
                 ("payload", f"&k{title(name)}Members[{members.index(payload)}]" if payload else None),
                 ("is_union", "true" if shape.get("union") else None)]
        order = [] if document else self.container(name, shape)
        access = [pair for pair in order if pair[0] == "container"]
        pairs += [pair for pair in order if pair[0] != "container"]
        pairs += [("flattened", "true" if shape.get("flattened") else None),
                  ("sparse", "true" if shape.get("sparse") else None)]
        pairs += self.constraints(shape)
        pairs += [("enum_values", f"k{title(name)}Values" if shape.get("enum") else None),
                  ("sensitive", "true" if shape.get("sensitive") else None), ("time_format", self.time_format(shape)),
                  ("streaming", "true" if shape.get("streaming") else None),
                  ("opaque", "true" if shape.get("opaque") else None),
                  ("holds_opaque", "true" if self.model.holds_opaque(name) else None), ("xml_name", quoted(shape.get("locationName"))),
                  ("xml_namespace", quoted(namespace.get("uri"))), ("xml_prefix", quoted(namespace.get("prefix")))]
        pairs += (self.error(name, shape) if is_structure else []) + access
        return lines + [f"constinit const Shape k{title(name)} = {fields(pairs)};"]

    def operation(self, name):
        body, http = self.model.operations[name], self.model.operations[name].get("http", {})
        served = name in self.model.served
        pairs = [("name", text(name)), ("service", "&kService"), ("method", quoted(http.get("method"))),
                 ("uri", quoted(self.model.overlay.get(name, {}).get("uri", http.get("requestUri")))),
                 ("needs_header", quoted(self.model.overlay.get(name, {}).get("needs_header"))),
                 ("own_host", "true" if self.model.service.get("host_label") and "hostPrefix" in body.get("endpoint", {})
                  else None),
                 ("success_status", self.model.overlay.get(name, {}).get("status", http.get("responseCode")))]
        if not served:
            return [f"constexpr OperationInfo k{name}Unserved = {fields(pairs)};"]
        overlay, errors = self.model.overlay[name], self.model.error_shapes(name)
        lines = []
        if errors:
            lines += [f"constexpr const Shape* k{name}Errors[] = {{",
                      "    " + ", ".join(f"&k{title(error)}" for error in errors) + "};"]
        given = body.get("input", {})
        conditions = overlay.get("conditions", {})
        if conditions:
            lines += [f"constexpr ConditionMember k{name}Conditions[] = {{"]
            lines += [f"    {fields([('key', text(key)), ('member', text(member))])}," for key, member in conditions.items()] + ["};"]
        for list_name in ("also", "instead"):
            if actions := overlay.get(list_name):
                lines += [f"constexpr MemberAction k{name}{list_name.capitalize()}[] = {{"]
                lines += [f"    {fields([('member', text(member)), ('action', text(action))])},"
                          for member, action in actions.items()] + ["};"]
        lines += [f"constexpr BodyLimit k{name}BodyLimits[] = {{"]
        lines += [f"    {self.body_limit(limit)}," for limit in self.body_limits(overlay)] + ["};"]
        streams = {part: self.streams(body, part) for part in ("input", "output")}
        pairs += [("served", "true"), ("input", self.part(name, "input")), ("output", self.part(name, "output")),
                  ("modelled_output", None if "output" in body else "false"),
                  ("errors", f"k{name}Errors" if errors else None), ("action", quoted(overlay["action"])),
                  ("resource", quoted(overlay.get("resource"))),
                  ("conditions", f"k{name}Conditions" if conditions else None),
                  ("also", f"k{name}Also" if overlay.get("also") else None),
                  ("instead", f"k{name}Instead" if overlay.get("instead") else None),
                  ("body_limits", f"k{name}BodyLimits"),
                  ("stream_input", "true" if streams["input"] else None),
                  ("stream_output", "true" if streams["output"] else None),
                  ("anonymous", "true" if overlay.get("anonymous", self.model.service.get("anonymous")) else None),
                  ("unwrapped_output", "true" if overlay.get("unwrapped") else None),
                  ("input_name", quoted(given.get("locationName"))),
                  ("input_namespace", quoted(given.get("xmlNamespace", {}).get("uri"))),
                  ("result_wrapper", quoted(self.result_wrapper(name)))]
        return lines + [f"constinit const OperationInfo ops::{name}::kInfo = {fields(pairs)};"]

    def result_wrapper(self, name):
        """Where forms are a second protocol, the model does not say what the first one's rule was."""
        output = self.model.operations[name].get("output", {})
        return output.get("resultWrapper", f"{name}Result" if output and self.model.service.get("form") == "query" else None)

    def body_limits(self, overlay):
        default = {"bytes_max": overlay.get("body_bytes_max", self.model.service.get("body_bytes_max", 10 << 20))}
        return overlay.get("body_limits", [default])

    def body_limit(self, limit):
        return fields([("bytes_max", limit["bytes_max"])] + [(key, quoted(limit.get(key)))
                      for key in ("code", "message", "header", "header_value")])

    def streams(self, body, part):
        if part not in body:
            return False
        shape = self.shapes[body[part]["shape"]]
        return bool(shape.get("payload")) and self.shapes[shape["members"][shape["payload"]]["shape"]].get("streaming")

    def part(self, operation, part):
        body = self.model.operations[operation]
        return f"&k{title(body[part]['shape'])}" if part in body else f"&k{operation}{part.capitalize()}"

    def empty_parts(self):
        return [f"{name}{part.capitalize()}" for name in self.model.served for part in ("input", "output")
                if part not in self.model.operations[name]]

    def service(self):
        meta, errors = self.model.metadata, self.model.errors()
        everything = sorted(self.model.operations)
        lines = ["constexpr const OperationInfo* kServiceOperations[] = {"]
        lines += [f"    &ops::{name}::kInfo," if name in self.model.served else f"    &k{name}Unserved,"
                  for name in everything] + ["};"]
        if errors:
            lines += ["constexpr const Shape* kServiceErrors[] = {"] + [f"    &k{title(name)}," for name in errors] + ["};"]
        service = self.model.service
        namespace = service.get("xml_namespace", meta.get("xmlNamespace"))
        form = service.get("form")
        namespace = namespace.get("uri") if isinstance(namespace, dict) else namespace
        pairs = [("name", text(self.model.name)), ("service_id", text(meta["serviceId"])),
                 ("full_name", text(meta["serviceFullName"])),
                 ("protocol", f"Protocol::{self.model.protocol_constant()}"),
                 ("form", f"Protocol::{self.model.protocol_constant(form)}" if form else None),
                 ("signing_name", text(meta.get("signingName", meta["endpointPrefix"]))),
                 ("other_signing_name", quoted(service.get("other_signing_name"))),
                 ("endpoint_prefix", text(meta["endpointPrefix"])), ("target_prefix", quoted(meta.get("targetPrefix"))),
                 ("api_version", text(meta["apiVersion"])), ("xml_namespace", quoted(namespace)),
                 ("error_namespace", quoted(self.model.service.get("error_namespace"))),
                 ("validation_code", text(self.model.service.get("validation_code", "ValidationException"))),
                 ("validation_message", quoted(service.get("validation_message"))),
                 ("missing_code", quoted(service.get("missing_code"))),
                 ("missing_message", quoted(service.get("missing_message"))),
                 ("path_member", quoted(service.get("path_member"))),
                 ("needs_header", quoted(service.get("needs_header"))), ("host_label", quoted(service.get("host_label"))),
                 ("items_not_null", "true" if self.model.service.get("items_not_null") else None),
                 ("global", "true" if self.model.service.get("global") else None),
                 ("operations", "kServiceOperations"), ("errors", "kServiceErrors" if errors else None)]
        return lines, [f"constinit const ServiceInfo kService = {fields(pairs)};"]

    def render(self):
        name, empties = self.model.name, self.empty_parts()
        every = [title(shape) for shape in self.model.reached] + empties
        lines = ["// Generated beside the header of the same name.", f'#include "api/{name}.h"', "",
                 "// Members' places are offsets in structs of ours, whose layout this compiler defines.",
                 '#pragma clang diagnostic ignored "-Winvalid-offsetof"', "", f"namespace hearth::api::{name} {{",
                 "using namespace hearth::wire;", "namespace {"]
        lines += [f"extern const Shape k{shape};" for shape in every]
        for shape in self.model.reached:
            lines += self.shape(shape)
        lines += [f"constinit const Shape k{empty} = {{.name = {text(empty)}}};" for empty in empties]
        for operation in sorted(self.model.operations):
            if operation not in self.model.served:
                lines += self.operation(operation)
        lines.append("}  // namespace\n")
        structures = [title(shape) for shape in self.model.reached if self.model.is_structure(shape)] + empties
        lines += [f"const Shape& {shape}::shape() {{ return k{shape}; }}" for shape in structures] + [""]
        for operation in self.model.served:
            lines += self.operation(operation)
        before, after = self.service()
        return "\n".join(lines + ["", "namespace {"] + before + ["}  // namespace"] + after
                         + ["", f"}}  // namespace hearth::api::{name}", ""])
