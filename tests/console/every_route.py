"""Every route of the assembled console, and requests to it: what a path parameter, a query or a body is filled with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from tests.console.two_clients import Side
from voicebot.console.scope import Kind

SAMPLES = {
    "call": "call",
    "handoff": "handoff",
    "callback": "callback",
    "user_id": "agent",
    "dispatch": "dispatch",
}
"""Path, query and body names of ids, and what id they stand for; "client" is a side's own."""
VALUES = {"from_ms": "0", "to_ms": "1000", "figure": "volume"}
"""What an address must say that is no id."""
LIVE = "/live/"
"""Under it, and where something is done with it, a call is one that is on the line."""

KIND_OF = {
    "/desk": Kind.QUEUE,
    "/live": Kind.LIVE,
    "/messages": Kind.MESSAGES,
    "/calls": Kind.CALLS,
    "/clients": Kind.CLIENTS,
    "/overview": Kind.FIGURES,
    "/reviews": Kind.REVIEWS,
    "/agents": Kind.USERS,
    "/agents/audit": Kind.AUDIT,
}
"""What one must be allowed to see, and by a changing method to change; the longest that fits."""
FOR_EVERYBODY = ("/", "/account", "/account/password", "/sign-out")
"""About oneself only."""
READS_BY_POST = ("/clients/{client}/draft", "/clients/{client}/check", "/clients/{client}/diff")
"""Routes that change nothing though their method may: seeing is enough."""
OPEN = ("/sign-in", "/sign-in/link", "/sign-in/provider", "/sign-in/provider/return", "/static/{name}")
"""Before one has signed in."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One route with one method. params: names in its path."""

    method: str
    path: str
    route: APIRoute

    @property
    def params(self) -> list[str]:
        return re.findall(r"{(\w+)(?::\w+)?}", self.path)

    @property
    def changes(self) -> bool:
        return self.method not in ("GET", "HEAD", "OPTIONS")

    @property
    def names_ids(self) -> bool:
        """Can it be asked about somebody else's data by an id?"""
        return bool(self.params) or (self.changes and any(_names(self.body_schema())))

    def filled(self, side: Side) -> str:
        """The path with the ids of this side."""
        return re.sub(r"{(\w+)(?::\w+)?}", lambda found: self._sample(found[1], side), self.path)

    def _sample(self, name: str, side: Side) -> str:
        if name == "client":
            return side.client
        if name == "call" and self.path.startswith(LIVE):
            return side.id("live")
        assert name in SAMPLES, f"{self.path}: give every_route.SAMPLES a sample of {name}"
        return side.id(SAMPLES[name])

    def query(self, side: Side) -> dict[str, str]:
        """Every filter that names an id, and every search for words, as somebody would use who looks for this side."""
        found: dict[str, str] = {}
        for field in self.route.dependant.query_params:
            name = field.alias
            if name == "client" or name in SAMPLES:
                found[name] = self._sample(name, side)
            elif name in ("q", "search", "words", "text", "query", "number"):
                found[name] = side.number if name == "number" else side.mark
        return found | self.required(side)

    def required(self, side: Side) -> dict[str, str]:
        """What its address must say."""
        found: dict[str, str] = {}
        for field in self.route.dependant.query_params:
            if field.field_info.is_required():
                schema = TypeAdapter[Any](field.field_info.annotation or str).json_schema()
                found[field.alias] = VALUES.get(field.alias) or str(self._value(schema, {}, field.alias, side))
        return found

    def body_schema(self) -> dict[str, Any]:
        field = self.route.body_field
        return TypeAdapter[Any](field.field_info.annotation or str).json_schema() if field else {}

    def body(self, side: Side) -> Any:
        """The least that its type takes, with the ids of this side where it has names for them."""
        schema = self.body_schema()
        return self._value(schema, schema.get("$defs", {}), "", side) if schema else None

    def _value(self, schema: dict[str, Any], defs: dict[str, Any], name: str, side: Side) -> Any:
        if "$ref" in schema:
            return self._value(defs[schema["$ref"].rpartition("/")[2]], defs, name, side)
        if schema.get("type") == "string" and (name == "client" or name.removesuffix("s") in SAMPLES):
            return self._sample(name.removesuffix("s") if name != "client" else name, side)
        for choices in ("anyOf", "oneOf", "allOf"):
            if choices in schema:
                return self._value(schema[choices][0], defs, name, side)
        for fixed in ("const", "default"):
            if fixed in schema:
                return schema[fixed]
        if "enum" in schema:
            return schema["enum"][0]
        match schema.get("type"):
            case "object":
                wanted = schema.get("required", [])
                of = schema.get("properties", {})
                names = [one for one in of if one in wanted or _is_id(one)]
                return {one: self._value(of[one], defs, one, side) for one in names}
            case "array":
                items = schema.get("items", {})
                return [self._value(items, defs, name, side)] * max(1, schema.get("minItems", 0))
            case "integer" | "number":
                return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
            case "boolean":
                return False
            case _:
                return "x" * max(1, schema.get("minLength", 1))

    def kind(self) -> Kind | None:
        """None for what is about oneself only."""
        if self.path in FOR_EVERYBODY:
            return None
        fitting = [path for path in KIND_OF if self.path == path or self.path.startswith(f"{path}/")]
        assert fitting, f"{self.path}: say in every_route.KIND_OF what one must be allowed to see"
        return KIND_OF[max(fitting, key=len)]


def _is_id(name: str) -> bool:
    return name == "client" or name.removesuffix("s") in SAMPLES


def _names(schema: dict[str, Any]) -> Iterator[str]:
    for name, of in schema.get("properties", {}).items():
        if _is_id(name):
            yield name
        yield from _names(of)
    for definition in schema.get("$defs", {}).values():
        yield from _names(definition)


def every_route(app: Any) -> list[Asked]:
    """All that the application answers, inside included routers too. A kind of route that is not known here fails."""
    return [
        Asked(method, path, route)
        for path, route in _walk(app.routes, "")
        for method in sorted(route.methods or ())
        if method != "HEAD"
    ]


def _walk(routes: Any, prefix: str) -> Iterator[tuple[str, APIRoute]]:
    for route in routes:
        inside = getattr(route, "original_router", None)
        if inside is not None:
            yield from _walk(inside.routes, prefix + route.include_context.prefix)
        else:
            assert isinstance(route, APIRoute), f"every_route does not know {type(route).__name__}: {route}"
            yield prefix + route.path, route
