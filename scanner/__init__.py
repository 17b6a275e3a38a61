"""What is there: resource types, how they are read, the graph, the inventory file."""

from mllens.scanner.collect import Collector, DefinitionError
from mllens.scanner.graph import EXAMPLE_NOW, Graph
from mllens.scanner.inventory import BadInventory, Coverage, Inventory, Manifest, load, save
from mllens.scanner.model import (
    Account,
    Answer,
    Field,
    Missing,
    Redacted,
    Ref,
    Region,
    Resource,
    Struct,
    api,
    ref,
)
from mllens.scanner.row import Key
from mllens.scanner.watch import Unobserved, Watch

__all__ = [
    "EXAMPLE_NOW",
    "Account",
    "Answer",
    "BadInventory",
    "Collector",
    "Coverage",
    "DefinitionError",
    "Field",
    "Graph",
    "Inventory",
    "Key",
    "Manifest",
    "Missing",
    "Redacted",
    "Ref",
    "Region",
    "Resource",
    "Struct",
    "Unobserved",
    "Watch",
    "api",
    "load",
    "ref",
    "save",
]
