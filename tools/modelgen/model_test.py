"""Promise: every call is authorized. An operation is open to all callers only where its overlay says why."""
import json
import os
import tempfile
import unittest

from model import Model, ModelError

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden", "model.json")
SERVICE = '[service]\nversion = "2026-01-31"\n'


def complaint(row):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "golden.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(SERVICE + "[Ping]\n" + row)
        try:
            Model(path, GOLDEN)
        except ModelError as error:
            return str(error)
    return ""


class Actions(unittest.TestCase):
    def test_every_operation_has_one_or_a_reason(self):
        self.assertEqual(complaint('action = "golden:Ping"\nresource = "*"'), "")
        self.assertEqual(complaint('action = ""\nopen_because = "it tells nothing"'), "")
        self.assertIn("needs an `action`", complaint(""))
        self.assertIn("a reason why it needs none", complaint('action = ""'))
        self.assertIn("a reason why it needs none", complaint('action = ""\nopen_because = ""'))
        self.assertIn("a reason why it needs none",
                      complaint('action = "golden:Ping"\nresource = "*"\nopen_because = "both"'))

    def test_it_names_a_right_on_something(self):
        self.assertIn("is no action", complaint('action = "Ping"\nresource = "*"'))
        self.assertIn("is no action", complaint('action = "golden:*"\nresource = "*"'))
        self.assertIn("name a member Nothing", complaint('action = "golden:Ping"\nresource = "*"\nalso = { Nothing = "golden:X" }'))
        self.assertIn("needs a `resource`", complaint('action = "golden:Ping"'))


class Shapes(unittest.TestCase):
    """Promise: your AWS code runs unchanged. Models have shapes whose names differ in their first letter alone."""

    def made(self, other):
        with open(GOLDEN, encoding="utf-8") as file:
            raw = json.load(file)
        raw["shapes"] |= {"Twin": {"type": "string"}, "twin": other}
        raw["shapes"]["Twins"] = {"type": "structure", "members": {"a": {"shape": "Twin"}, "shape": {"shape": "twin"}}}
        raw["operations"]["Ping"]["output"] = {"shape": "Twins"}
        with tempfile.TemporaryDirectory() as folder:
            model, overlay = os.path.join(folder, "model.json"), os.path.join(folder, "golden.toml")
            with open(model, "w", encoding="utf-8") as file:
                json.dump(raw, file)
            with open(overlay, "w", encoding="utf-8") as file:
                file.write(SERVICE + '[Ping]\naction = "golden:Ping"\nresource = "*"')
            return Model(overlay, model).shapes

    def test_those_that_are_alike_are_one(self):
        shapes = self.made({"type": "string"})
        self.assertNotIn("twin", shapes)
        self.assertEqual(shapes["Twins"]["members"], {"a": {"shape": "Twin"}, "shape": {"shape": "Twin"}})

    def test_others_stay(self):
        self.assertEqual(self.made({"type": "integer"})["Twins"]["members"]["shape"], {"shape": "twin"})


if __name__ == "__main__":
    unittest.main()
