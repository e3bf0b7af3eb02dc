"""How model names become C++ names."""
import re

# Runs of capitals that hide two words.
_SPLIT_SPECIAL = {"EFSIO": "EfsIo"}
_WORDS = re.compile(r"[A-Z]{2,}s(?=[A-Z]|$)|[A-Z]+\d*(?=[A-Z][a-z]|$)|[A-Z]?[a-z]+\d*|[A-Z]+\d*|\d+")
_KEYWORDS = set(
    """alignas alignof and asm auto bool break case catch char class const consteval constexpr continue
    co_await co_return co_yield decltype default delete do double else enum explicit export extern false float
    for friend goto if inline int long mutable namespace new noexcept not nullptr operator or private protected
    public register requires return short signed sizeof static struct switch template this throw true try
    typedef typename union unsigned using virtual void volatile while xor shape""".split()
)


def words(name):
    for run, replacement in _SPLIT_SPECIAL.items():
        name = name.replace(run, replacement)
    return [word for part in re.split(r"[^A-Za-z0-9]+", name) for word in _WORDS.findall(part)]


def snake(name):
    """FunctionName -> function_name, KMSKeyArn -> kms_key_arn, CodeSha256 -> code_sha256."""
    result = "_".join(word.lower() for word in words(name)) or "empty"
    if result[0].isdigit():
        result = "n" + result
    return result + "_" if result in _KEYWORDS else result


def title(name):
    return name[0].upper() + name[1:]


def constant(value):
    """An enumeration's value as the name of its constant: nodejs20.x -> kNodejs20X, AWS_IAM -> kAwsIam."""
    if value.upper() == value:
        value = value.lower()
    return "k" + ("".join(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", value)) or "Empty")


def text(value):
    """A C++ string literal. Escapes are octal: a hexadecimal one would swallow digits that follow."""
    out = []
    for byte in value.encode():
        char = chr(byte)
        if char in '"\\':
            out.append("\\" + char)
        elif 32 <= byte < 127:
            out.append(char)
        else:
            out.append(f"\\{byte:03o}")
    return '"' + "".join(out) + '"'
