"""Turns the models' Java patterns into ones that RE2 takes, without changing what they match."""
import re

REPEAT_MAX = 1000  # RE2's own limit for a counted repetition
_POSIX = {"ASCII": r"[\x00-\x7F]", "Alpha": "[[:alpha:]]", "Alnum": "[[:alnum:]]", "Digit": r"\d", "Graph": "[[:graph:]]",
          "Print": "[[:print:]]", "Punct": "[[:punct:]]", "Space": r"\s", "Lower": "[[:lower:]]", "Upper": "[[:upper:]]"}


class Unsupported(Exception):
    pass


def _leading_negative(pattern):
    """Splits `(?!X)Y` (perhaps behind `^`) into X and Y; X is None when there is none."""
    match = re.match(r"\^?\(\?!", pattern)
    if not match:
        return None, pattern
    end = _closing(pattern, match.end() - 3)
    return pattern[match.end():end], pattern[end + 1:]


def _closing(pattern, start):
    depth, position, in_class = 0, start, False
    while position < len(pattern):
        char = pattern[position]
        if char == "\\":
            position += 1
        elif in_class:
            in_class = char != "]"
        elif char == "[":
            in_class = True
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return position
        position += 1
    raise Unsupported("unbalanced parentheses")


def _atom_start(pattern, end):
    """Where the atom that ends before `end` begins."""
    position = 0
    while position < end:
        start = position
        char = pattern[position]
        if char == "\\":
            escape = re.match(r"\\(x\{[^}]*\}|p\{[^}]*\}|.)", pattern[position:])
            position += escape.end()
        elif char == "[":
            position += 1
            if pattern[position] == "^":
                position += 1
            first = True
            while pattern[position] != "]" or first:
                position += 2 if pattern[position] == "\\" else 1
                first = False
            position += 1
        elif char == "(":
            close = _closing(pattern, position)
            if close + 1 != end and close >= end:
                position += 1
                continue
            position = close + 1
        else:
            position += 1
        if position == end:
            return start
    raise Unsupported("a repetition without an atom")


def _split_repeats(pattern):
    """x{1,2048} becomes x{1,1000}(?:x{0,1000})(?:x{0,48})."""
    for match in reversed(list(re.finditer(r"\{(\d+)(,?)(\d*)\}", pattern))):
        low, comma, high = int(match[1]), match[2], match[3]
        top = int(high) if high else low
        if top <= REPEAT_MAX:
            continue
        if comma and not high or low > REPEAT_MAX:
            raise Unsupported("a repetition of at least more than 1000")
        atom_at = _atom_start(pattern, match.start())
        atom = pattern[atom_at:match.start()]
        parts, left = [f"{atom}{{{low},{REPEAT_MAX}}}"], top - REPEAT_MAX
        while left > 0:
            parts.append(f"{atom}{{0,{min(left, REPEAT_MAX)}}}")
            left -= REPEAT_MAX
        pattern = pattern[:atom_at] + "(?:" + "".join(parts) + ")" + pattern[match.end():]
    return pattern


def to_re2(pattern):
    """The pair (pattern for RE2, pattern its beginning must not match or None)."""
    wrapped = re.match(r"\(\(\?!", pattern)
    if wrapped and _closing(pattern, 0) == len(pattern) - 1:
        pattern = pattern[1:-1]
    refused, rest = _leading_negative(pattern)
    if re.search(r"\(\?(=|!|<=|<!|>)", rest) or (refused and "(?" in refused):
        raise Unsupported("a look-around that is not a leading (?!...)")
    if re.search(r"[^\\][*+?}]\+", rest) or "&&" in rest or re.search(r"\\[1-9]", rest):
        raise Unsupported("a possessive quantifier, a class intersection or a back reference")

    def convert(part):
        part = re.sub(r"\\u([0-9A-Fa-f]{4})", r"\\x{\1}", part)
        part = re.sub(r"\\p\{(\w+)\}", lambda m: _POSIX.get(m[1], m[0]), part)
        part = re.sub(r"\[(\[:\w+:\]|\[\\x00-\\x7F\])\]", r"\1", part)
        return _split_repeats(part)

    return convert(rest), convert(refused) if refused is not None else None
