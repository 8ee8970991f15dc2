"""Graphs and decisions, shown to people: `trace`, `Graph`, `explain`."""

from ._explain import Explanation as Explanation
from ._explain import explain as explain
from ._graph import Graph as Graph
from ._graph import trace as trace
