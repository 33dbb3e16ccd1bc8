"""A configuration file as plain values: YAML, read strictly and as people mean it.

YAML 1.1 takes `0130` for octal, `on` and `no` for booleans, `12:30` for a number and the last of
two equal keys for both. Here a scalar without quotes is a number only in its plain decimal
spelling, `true` and `false` are the booleans, and `null`, `~` or nothing is None; everything else
is text as it is written, which the schema turns into a number where its field is one (so `0130`
is 130 and `1e-3` is 0.001). Keys are always text. Repeated keys, tags and other encodings than
UTF-8 are refused. JSON is read as well, being YAML.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Any

import yaml

from inputgrad.errors import ConfigError

TEXT, MERGE = "tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"
PLAIN = {  # tag -> spelling, and the characters that it may begin with
    "tag:yaml.org,2002:null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "tag:yaml.org,2002:bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "tag:yaml.org,2002:int": (r"-?(0|[1-9][0-9]{0,17})", list("-0123456789")),
    "tag:yaml.org,2002:float": (
        r"-?(0|[1-9][0-9]*)?\.[0-9]+([eE][-+]?[0-9]{1,3})?|-?(0|[1-9][0-9]*)\.",
        list("-0123456789."),
    ),
    MERGE: (r"<<", ["<"]),
}
NO_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # control, half a surrogate pair
OTHER_ENCODINGS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


class _Loader(yaml.SafeLoader):
    """The reader that this module describes."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own; not YAML 1.1's

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse a tag, such as `!!python/name:x`, and escapes of what no text or path holds."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "tag", None) is not None:
            raise yaml.YAMLError(f"line {_line(event)}: tags such as {event.tag!r} are not read")
        if found := NO_TEXT.search(str(getattr(event, "value", ""))):
            raise yaml.YAMLError(f"line {_line(event)}: {found[0]!r} is no character of a text")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping whose keys are text; a repeated one is refused with both lines."""
        lines: dict[str, int] = {}
        for key, _ in node.value:
            if key.tag == MERGE:
                continue
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.YAMLError(f"line {_line(key)}: a key must be a word")
            if key.value in lines:
                raise yaml.YAMLError(
                    f"the key {key.value!r} is there twice, in lines {lines[key.value]} and "
                    f"{_line(key)}; rename or remove one"
                )
            lines[key.value] = _line(key)
        self.flatten_mapping(node)
        for key, _ in node.value:
            key.tag = TEXT
        return super().construct_mapping(node, deep)


for _tag, (_spelling, _first) in PLAIN.items():
    _Loader.add_implicit_resolver(_tag, re.compile(f"(?:{_spelling})$"), _first)


def read_config(path: Path) -> dict[str, Any]:
    """The keys and values of a file; ConfigError in one line that names the place of a fault."""
    try:
        content = _values(_text(path))
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror}); give another CONFIG="
        ) from None
    except RecursionError:
        raise ConfigError(f"{path}: not valid YAML: nested too deeply") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {_fault(error)}") from None
    if not isinstance(content, dict):
        raise ConfigError(
            f"{path}: expected keys and values, for example those of config/config.yaml"
        )
    return content


def _text(path: Path) -> str:
    data = path.read_bytes()
    for mark, encoding in OTHER_ENCODINGS.items():
        if data.startswith(mark):
            raise ConfigError(f"{path}: encoded as {encoding}; save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = data[error.start]
        raise ConfigError(
            f"{path}, line {line}: not UTF-8 (byte 0x{byte:02x}, which Latin-1 would read as "
            f"{chr(byte)!r}); save the file as UTF-8"
        ) from None


def _values(text: str) -> Any:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        return None if node is None else loader.construct_object(node, deep=True)
    finally:
        loader.dispose()


def _fault(error: yaml.YAMLError) -> str:
    """One line: where, and what."""
    if isinstance(error, yaml.reader.ReaderError):
        return f"character {error.position + 1} is #x{error.character:04x}, which no text has"
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return " ".join(str(error).split())
    mark = error.problem_mark
    if "'\\t'" in str(error.problem):
        return f"line {mark.line + 1} is indented by a tab; indent by spaces"
    context = f" {error.context}" if error.context else ""
    return f"line {mark.line + 1}, column {mark.column + 1}:{context} {error.problem}"


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
