"""The smallest values that a published model's shapes take."""

import re
import re._constants as sre
import re._parser

LETTERS = "aA1-/"
# What services want more of than their models say.
LENGTHS = {"TableArn": 3}


def matching(pattern, low, high):
    """A short text of at least `low` letters that matches."""
    pattern = re.sub(r"\\p\{[^}]*\}", "a-z", pattern)  # classes that Python does not know
    tree = re._parser.parse(pattern)  # pylint: disable=protected-access
    for more in range(low + 1):
        text = written(tree, more)
        if low <= len(text) <= high and re.fullmatch(pattern, text):
            return text
    raise AssertionError(f"no text of {low} to {high} letters found for {pattern}")


def written(tree, more):
    """A text for the pattern, with `more` repetitions than are needed wherever some are allowed."""
    text = ""
    for kind, what in tree:
        if kind is sre.LITERAL:
            text += chr(what)
        elif kind is sre.NOT_LITERAL:
            text += next(letter for letter in LETTERS if letter != chr(what))
        elif kind is sre.ANY:
            text += "a"
        elif kind is sre.IN:
            text += letter_of(what)
        elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            low, high, inner = what
            text += written(inner, 0) * min(low + more, high)
        elif kind is sre.SUBPATTERN:
            text += written(what[3], more)
        elif kind is sre.BRANCH:
            text += max((written(branch, more) for branch in what[1]), key=len)
        else:
            assert kind in (sre.AT, sre.ASSERT, sre.ASSERT_NOT), kind
    return text


def letter_of(members):
    pattern = re.compile("|".join(map(one_class, members)))
    if members[0][0] is sre.NEGATE:
        return next(letter for letter in LETTERS if not pattern.fullmatch(letter))
    found = next((letter for letter in LETTERS if pattern.fullmatch(letter)), None)
    kind, what = members[0]
    return found or chr(what if kind is sre.LITERAL else what[0])


def one_class(member):
    kind, what = member
    if kind is sre.NEGATE:
        return "(?!)"
    if kind is sre.LITERAL:
        return re.escape(chr(what))
    if kind is sre.RANGE:
        return f"[{re.escape(chr(what[0]))}-{re.escape(chr(what[1]))}]"
    return {sre.CATEGORY_DIGIT: r"\d", sre.CATEGORY_WORD: r"\w", sre.CATEGORY_SPACE: r"\s", sre.CATEGORY_NOT_SPACE: r"\S",
            sre.CATEGORY_NOT_DIGIT: r"\D", sre.CATEGORY_NOT_WORD: r"\W"}[what]


def example(shape):
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", 1 << 20)
    if shape.type_name == "structure":
        return {member: example(shape.members[member]) for member in shape.required_members}
    if shape.type_name == "list":
        return [example(shape.member)] * max(low, 1)
    if shape.type_name == "map":
        return {example(shape.key): example(shape.value)}
    if shape.type_name == "string":
        if shape.enum:
            return shape.enum[0]
        pattern = shape.metadata.get("pattern")
        low = LENGTHS.get(shape.name, low)
        return matching(pattern, max(low, 1), high) if pattern else "a" * max(low, 1)
    return {"integer": max(low, 1), "long": max(low, 1), "boolean": True, "blob": b"{}", "timestamp": 0}[shape.type_name]
