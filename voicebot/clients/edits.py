"""One edit of a client file's text: only the lines of what is changed are touched, so comments and order stay."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from voicebot.clients.written_yaml import as_flow, as_lines, as_scalar
from voicebot.domain.instructions import Instructions
from voicebot.errors import InstructionsError

Path = tuple[str | int, ...]
_REMEDY = "Write it in the text itself."
MOST_PARTS = 200_000
_ORDER = tuple(Instructions.model_fields)


@dataclass(frozen=True, slots=True)
class Edit:
    """path: keys, and places from 0 in lists. value: of JSON; None takes the part away. add: it goes to the list's end."""

    path: Path
    value: Any = None
    add: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    """node: at a path. key: its key's node, None in a list. holder: what it stands in. flow: inside brackets or braces."""

    node: Node
    key: Node | None = None
    holder: Node | None = None
    flow: bool = False


def values_of(text: str) -> Any:
    """The file's values as JSON; dates as "2026-12-24". Raises: InstructionsError when it is no YAML."""
    return _values(_composed(text))


def edited(text: str, edit: Edit) -> str:
    """The text after an edit. Raises: InstructionsError when the text is no YAML, or the edit would change anything else."""
    root = _composed(text)
    new = _edited(text, root, edit)
    expected = _changed(_values(root), edit.path, edit)
    if values_of(new) != expected:
        raise InstructionsError(_told(edit.path), ["cannot be edited here without touching other parts"], _REMEDY)
    return new


@lru_cache(maxsize=16)
def _composed(text: str) -> Node:
    try:
        node = YAML(typ="rt", pure=True).compose(text)
    except MarkedYAMLError as broken:
        mark = broken.problem_mark or broken.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "somewhere"
        raise InstructionsError("draft", [f"{place}: {broken.problem or broken.context}"]) from broken
    except (YAMLError, ValueError, TypeError) as broken:
        reason = (str(broken).splitlines() or ["it cannot be understood"])[0]
        raise InstructionsError("draft", [f"line 1: is not YAML: {reason}"]) from broken
    if _size(node) > MOST_PARTS:
        raise InstructionsError("draft", ["line 1: aliases (*) make this text endless"], "Write the parts out.")
    if not isinstance(node, MappingNode):
        raise InstructionsError("draft", ["line 1: the file must hold fields such as id: and identity:"])
    return node


def _size(root: Node) -> int:
    """How many parts the text has with its aliases written out; stops counting past MOST_PARTS."""
    counted, left = 0, [root]
    while left and counted <= MOST_PARTS:
        node = left.pop()
        counted += 1
        if isinstance(node, MappingNode):
            left += [value for _, value in node.value]
        elif isinstance(node, SequenceNode):
            left += node.value
    return counted


def _values(node: Node) -> Any:
    if isinstance(node, MappingNode):
        return {key.value: _values(value) for key, value in node.value}
    if isinstance(node, SequenceNode):
        return [_values(item) for item in node.value]
    return _scalar(node)


def _scalar(node: Node) -> Any:
    written, kind = node.value, str(node.tag).rpartition(":")[2]
    match kind:
        case "bool":
            return written.casefold() == "true"
        case "int":
            return int(written.replace("_", ""), 0) if not re.fullmatch(r"0[0-9]+", written) else int(written)
        case "float":
            return float(written.replace("_", ""))
        case "null":
            return None
        case _:
            return written


def _changed(values: Any, path: Path, edit: Edit) -> Any:
    """The same edit on plain values: what the text must say afterwards. A mapping that is left empty goes too."""
    if not path:
        return [*(values or []), edit.value] if edit.add else edit.value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        if not isinstance(values, list) or step >= len(values):
            raise InstructionsError(_told(edit.path), ["is not in the file"], _REMEDY)
        inner = _changed(values[step], rest, edit)
        return [*values[:step], *([] if inner is None else [inner]), *values[step + 1 :]]
    before = values if isinstance(values, dict) else {}
    inner = _changed(before.get(step), rest, edit)
    if inner is None or (inner == {} and rest):
        left = {key: value for key, value in before.items() if key != step}
        return left or (None if before and len(path) < len(edit.path) else left)
    return before | {step: inner}


def _edited(text: str, root: Node, edit: Edit) -> str:
    found, rest = _find(root, edit.path)
    if edit.value is None:
        return text if rest else _without(text, root, edit.path)
    if rest:
        value = _nested(rest[1:], [edit.value] if edit.add else edit.value)
        return _with_key(text, found, str(rest[0]), value, is_root=found.node is root)
    if edit.add:
        return _with_item(text, found, edit.value)
    return _replaced(text, found, edit.value)


def _find(root: Node, path: Path) -> tuple[_Found, Path]:
    """The deepest part of `path` that the file has, and the steps that it lacks."""
    found = _Found(root)
    for place, step in enumerate(path):
        node = found.node
        flow = found.flow or bool(getattr(node, "flow_style", False))
        inner: _Found | None = None
        if isinstance(node, MappingNode):
            inner = next((_Found(value, key, node, flow) for key, value in node.value if key.value == step), None)
        elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
            inner = _Found(node.value[step], None, node, flow)
        if inner is None:
            return found, path[place:]
        found = inner
    return found, ()


def _nested(path: Sequence[str | int], value: Any) -> Any:
    for step in reversed(path):
        value = {str(step): value}
    return value


def _replaced(text: str, found: _Found, value: Any) -> str:
    node, begins, ends = found.node, found.node.start_mark.index, _end(found.node)
    if isinstance(node, ScalarNode) and not isinstance(value, dict | list):
        return text[:begins] + _before(text, begins) + as_scalar(value, node.style or "", flow=found.flow) + text[ends:]
    if isinstance(node, SequenceNode) and value == []:
        return _emptied(text, found)
    if isinstance(node, SequenceNode) and isinstance(value, list) and _plain_items(value) and not _block_parts(node):
        return _new_words(text, node, value, flow=found.flow or bool(node.flow_style))
    if found.flow or getattr(node, "flow_style", False) or isinstance(node, ScalarNode):
        return text[:begins] + _before(text, begins) + as_flow(value) + text[ends:]
    column = node.start_mark.column
    lines = as_lines(value, column)
    return text[:begins] + "\n".join(lines).lstrip(" ") + text[ends:]


def _before(text: str, index: int) -> str:
    """A blank where the value would touch the colon: "key:" without a value."""
    return " " if index and text[index - 1] == ":" else ""


def _plain_items(items: list[Any]) -> bool:
    return all(not isinstance(item, dict | list) for item in items)


def _block_parts(node: SequenceNode) -> bool:
    return any(not isinstance(item, ScalarNode) for item in node.value)


def _new_words(text: str, node: SequenceNode, values: list[Any], *, flow: bool) -> str:
    """A list of words: those that stay keep how they are written, with their comments."""
    if flow:
        written = {_key(_scalar(item)): text[item.start_mark.index : _end(item)] for item in node.value}
        inside = ", ".join(written.get(_key(value)) or as_scalar(value, flow=True) for value in values)
        return text[: node.start_mark.index] + f"[{inside}]" + text[_end(node) :]
    old = {_key(_scalar(item)): _whole_lines(text, item) for item in node.value}
    blank = " " * node.start_mark.column
    lines = [old.get(_key(value)) or f"{blank}- {as_scalar(value)}" for value in values]
    between = _own_comments(text, node)
    first, last = _line_begins(text, node.start_mark.index), _line_ends(text, _end(node))
    told = [between.get(_key(value), "") + line for value, line in zip(values, lines, strict=True)]
    return text[:first] + "\n".join(told) + text[last:]


def _own_comments(text: str, node: SequenceNode) -> dict[str, str]:
    """Comment lines above items, by the item below them."""
    found: dict[str, str] = {}
    for before, item in zip(node.value, node.value[1:], strict=False):
        between = text[_line_ends(text, _end(before)) + 1 : _line_begins(text, item.start_mark.index)]
        if between.strip():
            found[_key(_scalar(item))] = between
    return found


def _key(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _with_item(text: str, found: _Found, value: Any) -> str:
    node = found.node
    if not isinstance(node, SequenceNode):
        return _replaced(text, found, [value])
    if found.flow or node.flow_style or not node.value:
        ends = _end(node) - 1
        comma = ", " if node.value else ""
        return text[:ends].rstrip() + comma + as_flow(value) + text[ends:]
    lines = as_lines([value], node.start_mark.column)
    at = _line_ends(text, _end(node))
    return text[:at] + "\n" + "\n".join(lines) + text[at:]


def _with_key(text: str, found: _Found, key: str, value: Any, *, is_root: bool) -> str:
    node = found.node
    if not isinstance(node, MappingNode):
        return _replaced(text, found, {key: value})
    if found.flow or node.flow_style:
        ends = _end(node) - 1
        comma = ", " if node.value else ""
        return text[:ends].rstrip() + f"{comma}{key}: {as_flow(value)}" + text[ends:]
    before = _key_before(node, key) if is_root else node.value[-1][1]
    at = _line_ends(text, _end(before))
    section = "\n" if is_root and isinstance(value, dict | list) else ""
    lines = as_lines({key: value}, node.value[0][0].start_mark.column)
    return text[:at] + "\n" + section + "\n".join(lines) + text[at:]


def _key_before(root: Node, key: str) -> Node:
    """The part after which a new section belongs, in the order of the schema."""
    place = _ORDER.index(key) if key in _ORDER else len(_ORDER)
    earlier = [value for name, value in root.value if name.value in _ORDER and _ORDER.index(name.value) < place]
    return earlier[-1] if earlier else root.value[-1][1]


def _without(text: str, root: Node, path: Path) -> str:
    found, _ = _find(root, path)
    holder = found.holder
    assert holder is not None
    children = [pair[1] for pair in holder.value] if isinstance(holder, MappingNode) else list(holder.value)
    if len(children) == 1 and isinstance(holder, MappingNode) and len(path) > 1:
        return _without(text, root, path[:-1])
    starts = [pair[0] for pair in holder.value] if isinstance(holder, MappingNode) else children
    place = next(n for n, child in enumerate(children) if child is found.node)
    if len(children) == 1 and isinstance(holder, SequenceNode):
        return _emptied(text, _find(root, path[:-1])[0])
    if found.flow:
        return _without_in_flow(text, starts, children, place)
    key = starts[place]
    begins = _line_begins(text, key.start_mark.index)
    if isinstance(holder, MappingNode) and text[begins : key.start_mark.index].strip() and place + 1 < len(starts):
        return text[: key.start_mark.index] + text[starts[place + 1].start_mark.index :]
    return text[:begins] + text[_line_ends(text, _end(found.node)) + 1 :]


def _emptied(text: str, found: _Found) -> str:
    """A list without items, on the line of its key."""
    begins = found.node.start_mark.index if found.key is None else found.key.end_mark.index
    return text[:begins] + ("[]" if found.key is None else ": []") + text[_end(found.node) :]


def _without_in_flow(text: str, starts: list[Node], children: list[Node], place: int) -> str:
    if place + 1 < len(starts):
        return text[: starts[place].start_mark.index] + text[starts[place + 1].start_mark.index :]
    return text[: _end(children[place - 1])] + text[_end(children[place]) :]


def _end(node: Node) -> int:
    """Where what is written of a node ends; a block's own mark stands after the comments that follow it."""
    while isinstance(node, MappingNode | SequenceNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node.end_mark.index


def _whole_lines(text: str, node: Node) -> str:
    return text[_line_begins(text, node.start_mark.index) : _line_ends(text, _end(node))]


def _line_begins(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def _line_ends(text: str, index: int) -> int:
    """Index of the line feed that ends the line of the character before `index`."""
    end = text.find("\n", max(index - 1, 0))
    return len(text) if end < 0 else end


def _told(path: Path) -> str:
    return ".".join(str(step) for step in path) or "draft"
