"""Reads a Bicep template as far as its checks need it: what it declares, uses and says."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import tree_sitter
import tree_sitter_bicep

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))

# The grammar does not know this statement yet. Blanked, places stay what they are.
EXTENSION = re.compile(rb"^extension (\w+)$", re.MULTILINE)


class Literal(str):
    """A value that stands there as a string, without anything to be put into it."""


@dataclass
class Declared:
    """A resource or a module: its type or path, and every value in it by its dotted name."""

    name: str
    kind: str
    values: dict = field(default_factory=dict)

    def at(self, path):
        """All values of a name; several where a condition chooses between objects."""
        return self.values.get(path, [])


class Template:
    """One file."""

    def __init__(self, path: Path):
        self.path = path
        source = path.read_bytes()
        self.extensions = [name.decode() for name in EXTENSION.findall(source)]
        self.text = EXTENSION.sub(lambda match: b" " * len(match.group(0)), source)
        self.root = PARSER.parse(self.text).root_node
        self.params, self.variables, self.outputs = {}, set(), {}
        self.resources, self.modules, self.loops = [], [], set()
        for node in walk(self.root):
            self._declare(node)

    def _declare(self, node):
        named = node.named_children
        match node.type:
            case "parameter_declaration":
                # Name and type; a third child is the default.
                self.params[text(named[0])] = text(named[2]) if len(named) > 2 else None
            case "variable_declaration":
                self.variables.add(text(named[0]))
            case "output_declaration":
                self.outputs[text(named[0])] = text(named[-1])
            case "for_statement":
                self.loops.add(text(named[0]))
            case "resource_declaration" | "module_declaration":
                body = next((child for child in walk(named[2]) if child.type == "object"), None)
                declared = Declared(text(named[0]), text(named[1]).strip("'"))
                if body is not None:
                    flatten(body, "", declared.values)
                (self.resources if node.type.startswith("resource") else self.modules).append(declared)

    def declared(self):
        things = {thing.name for thing in self.resources + self.modules}
        return set(self.params) | self.variables | self.loops | things

    def mistakes(self):
        """Where it does not parse, as line and text."""
        for node in walk(self.root):
            if node.type == "ERROR" or node.is_missing:
                yield node.start_point.row + 1, text(node)[:40]

    def used(self):
        """Names that expressions use, with lines. Keys of objects and declared names are no use."""
        for node in walk(self.root):
            if node.type != "identifier" or node.parent is None:
                continue
            first = node.parent.named_children[0] == node
            if first and (node.parent.type == "object_property" or node.parent.type.endswith("_declaration")):
                continue
            if first and node.parent.type == "for_statement":
                continue
            yield text(node), node.start_point.row + 1

    def asked_of_modules(self):
        """Outputs that expressions ask of modules: module, output, line."""
        for node in walk(self.root):
            found = re.fullmatch(r"(\w+)!?\.outputs\.(\w+)", text(node)) if node.type == "member_expression" else None
            if found:
                yield found.group(1), found.group(2), node.start_point.row + 1

    def strings(self):
        for node in walk(self.root):
            if node.type == "string":
                yield text(node), node.start_point.row + 1


def text(node):
    return node.text.decode()


def walk(node):
    yield node
    for child in node.children:
        yield from walk(child)


def flatten(node, path, into):
    """Every value below a node by its dotted name; both sides of a condition count."""
    match node.type:
        case "object":
            into.setdefault(path, [])
            for entry in node.named_children:
                if entry.type == "object_property" and len(entry.named_children) == 2:
                    key, value = entry.named_children
                    flatten(value, f"{path}.{text(key)}".lstrip("."), into)
        case "ternary_expression":
            for side in node.named_children[1:]:
                flatten(side, path, into)
        case "array":
            for entry in node.named_children:
                flatten(entry, path, into)
        case "null":
            pass
        case _:
            plain = node.type == "string" and not any(child.type == "interpolation" for child in node.children)
            into.setdefault(path, []).append((Literal if plain else str)(text(node).strip("'")))
