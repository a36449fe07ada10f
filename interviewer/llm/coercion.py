"""Values of a reply in the form that was asked for, where they can mean only one thing.

Servers that do not enforce a schema send `3.0` or `"3"` for 3, "Covered" for "covered", one value for a list of one, null for
an empty list or text, and keys that nobody asked for. Whatever is changed is logged; what could mean two things stays as it is
and fails the validation that follows.
"""

import logging
import re
from typing import Any

_log = logging.getLogger(__name__)
_INTEGER = re.compile(r"\s*([+-]?\d{1,9})(?:\.0+)?\s*")
_OWN_NUMBER = ("id", "number", "point", "key_point")


def coerce(value: object, schema: dict[str, Any], path: str = "reply") -> object:
    """Return a value as a JSON schema asks for it. `$ref`s are looked up in the `$defs` of the schema."""
    return _coerce(value, schema, schema.get("$defs", {}), path)


def _coerce(value: object, schema: dict[str, Any], defs: dict[str, Any], path: str) -> object:
    if "$ref" in schema:
        schema = defs[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        kinds = [kind for kind in schema["anyOf"] if kind.get("type") != "null"]
        return value if value is None or len(kinds) != 1 else _coerce(value, kinds[0], defs, path)
    kind = schema.get("type")
    if kind == "object" and "properties" in schema:
        return _object(value, schema["properties"], defs, path)
    if kind == "array":
        items = _logged(value, _listed(value, schema["items"]), path)
        return [_coerce(item, schema["items"], defs, path) for item in items] if isinstance(items, list) else items
    if isinstance(value, list) and len(value) == 1 and kind in {"integer", "string"}:
        value = _logged(value, value[0], path)
    if kind == "integer":
        return _logged(value, _integer(value), path)
    return _logged(value, _text(value, schema.get("enum")), path) if kind == "string" else value


def _object(value: object, properties: dict[str, Any], defs: dict[str, Any], path: str) -> object:
    numbered = all(name.isdecimal() for name in properties)
    if isinstance(value, list) and numbered:
        value = _logged(value, _by_number(value), path)
    if not isinstance(value, dict):
        return value
    fitting: dict[str, object] = {}
    for key, inner in value.items():
        name = key if key in properties else _meant(key, properties, numbered=numbered)
        if name not in properties or (name != key and (name in value or name in fitting)):
            _log.debug("%s: left out the field %.40r", path, key)
            continue
        fitting[name] = _coerce(inner, properties[name], defs, f"{path}.{name}")
    return fitting


def _meant(key: str, properties: dict[str, Any], *, numbered: bool) -> str:
    """Return the field that a key means: written otherwise, or with a word before its number."""
    if numbered:
        found = re.fullmatch(r"\D*0*(\d{1,3})\D*", key)
        return found[1] if found else key
    plain = re.sub(r"[\s-]+", "_", key.strip()).casefold()
    return plain if plain in properties else key


def _by_number(items: list[object]) -> object:
    """Return a list of numbered objects by the numbers that they tell, or all by their places."""
    for name in _OWN_NUMBER:
        numbers = [_integer(item.get(name)) if isinstance(item, dict) else None for item in items]
        if any(number is not None for number in numbers):
            known = {str(number): item for number, item in zip(numbers, items, strict=True) if isinstance(number, int)}
            return known if len(known) == len(items) else items
    return {str(number): item for number, item in enumerate(items, 1)}


def _listed(value: object, items: dict[str, Any]) -> object:
    if value is None or value in ("", {}):
        return []
    if isinstance(value, str) and items.get("type") == "integer":
        return [part for part in re.split(r"[\s,;]+", value.strip("[]() ")) if part]
    return value if isinstance(value, list) else [value]


def _integer(value: object) -> object:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e9:
        return int(value)
    found = _INTEGER.fullmatch(value) if isinstance(value, str) else None
    return int(found[1]) if found else value


def _text(value: object, choices: list[str] | None) -> object:
    if choices is None:
        return "" if value is None else value
    said = value.strip().strip("\"'.!*").casefold() if isinstance(value, str) else value
    return said if said in choices else value


def _logged(value: object, result: object, path: str) -> object:
    if (result is not value and result != value) or type(result) is not type(value):
        _log.debug("%s: took %.80r for %.80r", path, result, value)
    return result
