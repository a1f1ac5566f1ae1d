"""Stand-ins for TensorFlow and for Rasa's list of components, which `light_rasa` has Rasa start with."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

_LEFT_OUT = ("tensorflow", "tensorflow_addons", "keras")


class NamedComponents(ModuleType):
    """Rasa's module of all components with some of them only, imported when Rasa asks for them.

    Args:
        name: of Rasa's module.
        components: the classes' names, each with the module of Rasa that has it.
    """

    def __init__(self, name: str, components: Mapping[str, str]) -> None:
        super().__init__(name)
        self._components = components

    def __getattr__(self, name: str) -> Any:
        if name != "DEFAULT_COMPONENTS":
            raise AttributeError(name)
        return [getattr(importlib.import_module(module), component) for component, module in self._components.items()]


class TensorFlowFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds TensorFlow, and every module in it, as modules of stand-ins.

    A stand-in can be imported, named in an annotation and subclassed, but not called.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """A spec for what is left out, None for any other module."""
        if fullname.split(".")[0] not in _LEFT_OUT:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """The stand-in for a module."""
        return _AbsentModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing: a stand-in has no code."""


class _AbsentModule(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _decorate if name == "function" else _absent(name)


class _Absent(type):
    """The type of whatever TensorFlow has: a class in annotations and as a base."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _absent(f"{cls.__name__}.{name}")

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        raise RuntimeError(
            f"{cls.__name__} of TensorFlow is needed, which was left out because no component in config.yml needs it; "
            "retrain the model, or start it with `rasa` in place of `python -m faq_component.rasa.process.light_rasa`"
        )


def _absent(name: str) -> Any:
    return _Absent(name, (), {})


def _decorate(*given: Any, **_: Any) -> Any:
    """``tf.function``, with and without arguments."""
    return given[0] if given and callable(given[0]) else _decorate
