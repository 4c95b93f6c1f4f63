"""The cluster's configuration as `cibadmin -Q` prints it (Pacemaker's XML schema, all versions; DOMAIN 1.1, 2)."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from console.facts.cluster import ClusterConfiguration, Constraint
from console.probe.cluster_words import without_clone_number
from console.probe.xml_document import parse_document

# Tags that stand for a resource in the resources section.
_RESOURCES = frozenset({"primitive", "clone", "master", "group", "bundle"})
_TOOL_CONSTRAINTS = ("cli-ban-", "cli-prefer-", "cli-standby-")
# What crm_mon keeps to itself (FILTER_STR, DOMAIN 2.1): the cluster's own, not the agent's.
_HIDDEN = frozenset({"shutdown", "terminate", "standby", "probe_complete"})
_ROLES = {"master": "Promoted", "slave": "Unpromoted"}


def parse_cib(text: str) -> ClusterConfiguration | None:
    """Read a CIB; None where the text is none (an error message, cut short, or with a document type).

    `parameters` and `meta` have an entry for each resource, clones and groups included. A clone's meta attributes
    stay with the clone. Defaults that the CIB does not state are not filled in.
    """
    root = parse_document(text, ("cib",))
    configuration = root.find("configuration") if root is not None else None
    if root is None or configuration is None:
        return None
    resources = [item for parent in configuration.findall("resources") for item in _resources(parent)]
    nodes = list(configuration.findall("nodes/node"))
    return ClusterConfiguration(
        properties=_pairs(configuration.findall("crm_config/cluster_property_set")),
        parameters={_id(item): _pairs(item.findall("instance_attributes")) for item in resources},
        meta={_id(item): _pairs(item.findall("meta_attributes")) for item in resources},
        agents={_id(item): _agent(item) for item in resources if item.tag == "primitive"},
        constraints=tuple(
            found for item in configuration.findall("constraints/rsc_location") for found in _location(item)
        ),
        node_attributes={_name(item): _pairs(item.findall("instance_attributes")) for item in nodes},
        nodes=tuple(_name(item) for item in nodes),
        transient_attributes=_transient(root, {item.get("id"): _name(item) for item in nodes}),
    )


def attributes_from_cib(configuration: ClusterConfiguration) -> dict[str, dict[str, str]]:
    """Attributes of every node as crm_mon would print them, also where it cannot (1.1.10's XML, offline nodes).

    A transient value hides a lasting one of the same name, as in Pacemaker; fail counts are left out.
    """
    nodes = [*configuration.node_attributes, *configuration.transient_attributes]
    return {
        node: {
            name: value
            for source in (configuration.node_attributes, configuration.transient_attributes)
            for name, value in source.get(node, {}).items()
            if not name.startswith(("#", "fail-count-", "last-failure-")) and name not in _HIDDEN
        }
        for node in dict.fromkeys(nodes)
    }


def _resources(parent: Element) -> Iterator[Element]:
    """Every resource, groups' and clones' members after them; recursion is bounded by the document's depth."""
    for child in parent:
        if child.tag in _RESOURCES:
            yield child
            yield from _resources(child)


def _id(element: Element) -> str:
    return element.get("id") or ""


def _name(element: Element) -> str:
    return element.get("uname") or _id(element)


def _agent(element: Element) -> str:
    parts = (element.get("class"), element.get("provider"), element.get("type"))
    return ":".join(part for part in parts if part) or f"template:{element.get('template') or ''}"


def _pairs(sets: list[Element]) -> dict[str, str]:
    """Names and values of attribute sets. Of a name in two sets the one in the set with the higher score counts."""
    ordered = sorted(sets, key=lambda item: -_score(item.get("score")))
    found: dict[str, str] = {}
    for item in ordered:
        for pair in [*item.findall("nvpair"), *item.findall("attributes/nvpair")]:
            found.setdefault(pair.get("name") or "", pair.get("value") or "")
    return found


def _score(text: str | None) -> int:
    word = (text or "0").strip()
    if word.lstrip("+-") == "INFINITY":
        return -1_000_000 if word.startswith("-") else 1_000_000
    digits = word.lstrip("+-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        return 0
    return -int(digits) if word.startswith("-") else int(digits)


def _location(element: Element) -> Iterator[Constraint]:
    """One constraint a node or rule; a rule's node is the one that it compares #uname with, its score the rule's."""
    resource = element.get("rsc") or element.get("rsc-pattern") or ""
    members = [_id(item) for item in element.iter("resource_ref")]
    resource = resource or " ".join(members)
    rules = element.findall("rule")
    if not rules:
        yield _constraint(element, resource, element.get("node"), element, element.get("score") or "")
    for rule in rules:
        node = next((item.get("value") for item in rule.iter("expression") if item.get("attribute") == "#uname"), None)
        score = rule.get("score") or rule.get("score-attribute") or element.get("score") or ""
        yield _constraint(element, resource, node, rule, score)


def _constraint(element: Element, resource: str, node: str | None, scored: Element, score: str) -> Constraint:
    identifier = _id(element)
    role = scored.get("role") or element.get("role")
    return Constraint(
        identifier=identifier,
        resource=resource,
        node=node,
        score=score,
        role=_ROLES.get(role.casefold(), role) if role else None,
        from_move=identifier.startswith(_TOOL_CONSTRAINTS),
    )


def _transient(root: Element, names: dict[str | None, str]) -> dict[str, dict[str, str]]:
    """Transient attributes by node name; the status section names nodes, or only their ids."""
    return {
        state.get("uname") or names.get(state.get("id")) or _id(state): _pairs(
            state.findall("transient_attributes/instance_attributes")
        )
        for state in root.findall("status/node_state")
    }


def fail_counts_in(attributes: dict[str, str]) -> dict[str, int]:
    """Failures by resource in one node's transient attributes: `fail-count-R`, from 1.1.17 `fail-count-R#op_ms`."""
    counts: dict[str, int] = {}
    for name, value in attributes.items():
        resource = without_clone_number(name.removeprefix("fail-count-").split("#", 1)[0])
        if name.startswith("fail-count-") and resource:
            counts[resource] = min(1_000_000, counts.get(resource, 0) + max(0, _score(value)))
    return counts
