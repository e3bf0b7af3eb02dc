"""Writes generated/api/<service>.h: structs, enumerations' constants, operation types, error factories."""
import json

from names import constant, snake, text, title

LEAVES = {"string": "std::string", "character": "std::string", "blob": "std::string", "boolean": "bool",
          "integer": "int32_t", "long": "int64_t", "float": "double", "double": "double",
          "timestamp": "hearth::TimePoint"}


class Header:
    def __init__(self, model):
        self.model = model
        self.shapes = model.shapes
        self.position = {name: index for index, name in enumerate(model.reached)}

    def type_of(self, name):
        shape = self.shapes[name]
        if shape.get("document"):
            return "std::string" if shape.get("opaque") else "hearth::json::value"
        kind = shape["type"]
        if kind == "structure":
            return title(name)
        if kind == "list":
            item = self.type_of(shape["member"]["shape"])
            if item == "bool":
                raise SystemExit(f"{name}: a list of booleans needs a type whose items have addresses")
            return f"std::vector<{item}>"
        if kind == "map":
            return f"std::map<std::string, {self.type_of(shape['value']['shape'])}>"
        if kind == "blob" and shape.get("streaming"):
            return "hearth::io::Body"
        return LEAVES[kind]

    def is_plain(self, structure, member_name):
        shape = self.shapes[structure]
        member = shape["members"][member_name]
        target = self.shapes[member["shape"]]
        return (member_name in shape.get("required", []) or "default" in member
                or (target["type"] == "blob" and target.get("streaming", False)))

    def is_recursive(self, structure, member_name):
        target = self.shapes[structure]["members"][member_name]["shape"]
        return self.model.is_structure(target) and self.position[target] >= self.position[structure]

    def member_type(self, structure, member_name):
        kind = self.type_of(self.shapes[structure]["members"][member_name]["shape"])
        if self.is_recursive(structure, member_name):
            return f"wire::Recursive<{kind}>"
        return kind if self.is_plain(structure, member_name) else f"std::optional<{kind}>"

    def initial(self, structure, member_name):
        """The initialiser that makes a plain member's default the struct's own."""
        member = self.shapes[structure]["members"][member_name]
        if not self.is_plain(structure, member_name):
            return ""
        kind, default = self.shapes[member["shape"]]["type"], member.get("default")
        if kind in ("string", "character"):
            return f" = {text(default)}" if default else ""
        if kind == "boolean":
            return " = true" if default else " = false"
        if kind in ("integer", "long", "float", "double"):
            return f" = {default or 0}"
        return "{}" if kind == "timestamp" else ""

    def structure(self, name):
        lines = [f"struct {title(name)} {{"]
        for member in self.shapes[name].get("members", {}):
            lines.append(f"  {self.member_type(name, member)} {snake(member)}{self.initial(name, member)};")
        lines += ["  static const wire::Shape& shape();", "};", ""]
        return lines

    def structures(self):
        names = [name for name in self.model.reached if self.model.is_structure(name)]
        lines = [f"struct {title(name)};" for name in names] + [""]
        for name in names:
            lines += self.structure(name)
        return lines

    def enumerations(self):
        lines = []
        for name in self.model.reached:
            shape = self.shapes[name]
            if not shape.get("enum"):
                continue
            lines.append(f"namespace {snake(name)} {{")
            seen = set()
            for value in shape["enum"]:
                spelled = constant(value)
                if spelled not in seen:
                    lines.append(f"inline constexpr std::string_view {spelled} = {text(value)};")
                seen.add(spelled)
            lines += ["}", ""]
        return lines

    def operation_part(self, operation, part):
        body = self.model.operations[operation]
        return title(body[part]["shape"]) if part in body else f"{operation}{part.capitalize()}"

    def operations(self):
        lines, aliases = ["namespace ops {"], []
        taken = {title(name) for name in self.model.reached}
        for operation in self.model.served:
            for part in ("input", "output"):
                spelled, named = self.operation_part(operation, part), f"{operation}{part.capitalize()}"
                if part not in self.model.operations[operation]:
                    aliases.append(f"struct {named} {{\n  static const wire::Shape& shape();\n}};")
                elif named != spelled and named not in taken:
                    aliases.append(f"using {named} = {spelled};")
            lines += [f"struct {operation} {{", f"  using Input = {self.operation_part(operation, 'input')};",
                      f"  using Output = {self.operation_part(operation, 'output')};",
                      "  static const wire::OperationInfo kInfo;", "};"]
        return aliases + [""] + lines + ["}  // namespace ops", ""]

    def errors(self):
        lines = ["// What operations may end in: co_return errors::...(\"text\").", "namespace errors {"]
        for name in self.model.errors():
            code = self.shapes[name].get("error", {}).get("code", name)
            lines += [f"inline hearth::Error {snake(name)}(std::string message) {{",
                      f"  return {{.code = {text(code)}, .message = std::move(message)}};", "}"]
        return lines + ["}  // namespace errors", ""]

    def render(self):
        name = self.model.name
        lines = [f"// {self.model.metadata['serviceFullName']}: generated from the published model and api/{name}.toml.",
                 "#pragma once", "#include <cstdint>", "#include <map>", "#include <optional>", "#include <string>",
                 "#include <string_view>", "#include <vector>", "", '#include "base/clock.h"', '#include "base/json.h"',
                 '#include "base/result.h"', '#include "io/body.h"', '#include "wire/access.h"',
                 '#include "wire/operation.h"', "", f"namespace hearth::api::{name} {{", "",
                 "extern const wire::ServiceInfo kService;", ""]
        lines += self.enumerations() + self.structures() + self.operations() + self.errors()
        return "\n".join(lines + [f"}}  // namespace hearth::api::{name}", ""])


def default_json(member):
    return json.dumps(member["default"], separators=(",", ":")) if "default" in member else ""
