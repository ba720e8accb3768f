"""YAML files as plain data, read by PyYAML's safe loader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import yaml

_MAX_MERGED: Final = 10_000
"""The maximum number of keys that merge keys (`<<`) add to one mapping. Each level of them can multiply the keys."""


def read_yaml(text: str) -> object:
    """Return the value of a YAML document. Raises ValueError if it is invalid, and ImportError without PyYAML."""
    import yaml

    class Loader(yaml.SafeLoader):
        def flatten_mapping(self, node: yaml.MappingNode) -> None:
            if sum(map(len, self._merged(node))) > _MAX_MERGED:
                message = f"merge keys add more than {_MAX_MERGED:,} keys"
                raise yaml.constructor.ConstructorError(None, None, message, node.start_mark)
            super().flatten_mapping(node)

        def _merged(self, node: yaml.MappingNode) -> list[list[Any]]:
            """Return the items that merge keys add to a mapping, and flatten those mappings first."""
            merged = []
            for key, value in node.value:
                if key.tag == "tag:yaml.org,2002:merge":
                    for one in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                        if isinstance(one, yaml.MappingNode):
                            self.flatten_mapping(one)
                            merged.append(one.value)
            return merged

    try:
        return yaml.load(text, Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
    except (LookupError, AttributeError, TypeError, ArithmeticError) as error:
        # PyYAML's own constructors raise them for an explicit tag, such as `!!bool maybe`.
        raise ValueError(f"a value does not match its tag ({type(error).__name__}: {error})") from None
