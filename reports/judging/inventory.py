"""Which cases there are, without running any: for the coverage of the catalogue and to play only what is asked for."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance import cases as case_package
from conformance.cases.case import CLIENT, RUN
from conformance.requirements import Binds, catalogue
from conformance.scenarios import selected
from conformance.scenarios.steps import Scenario
from conformance.vocabulary import Edition


@dataclass(frozen=True, slots=True)
class CaseEntry:
    """A case as it is declared: one id for each scenario it reads, and those of its requirements that count.

    ``scenario`` is ``RUN`` for a case that reads the whole run, ``CLIENT`` for one that reads what a client did.
    """

    id: str
    requirements: tuple[str, ...]
    scenario: str


def case_files() -> list[Path]:
    """The modules of the cases."""
    return sorted(Path(path).joinpath(f"{name}.py") for path in case_package.__path__ for name in _module_names(path))


def _module_names(path: str) -> Iterator[str]:
    return (m.name for m in pkgutil.iter_modules([path]) if m.name.startswith("test_"))


def case_id(module: str, function: str, scenario: str) -> str:
    """The stable word for a case: ``table1.from_shows_the_printer_name[job/omitted]``."""
    return f"{module_word(module.rpartition('.')[2])}.{function.removeprefix('test_')}[{scenario}]"


def module_word(module: str) -> str:
    """How the ids of the cases in a module begin."""
    return module.removeprefix("test_")


@dataclass(frozen=True, slots=True)
class CaseFunction:
    """A case that can be called, with the scenarios it reads in one edition."""

    module: str
    name: str
    function: Callable[..., Any]
    requirements: tuple[str, ...]
    scenarios: tuple[str, ...]


def case_functions(
    edition: Edition, drawn: Sequence[Scenario] = (), whom: Binds = Binds.PRINTER
) -> Iterator[CaseFunction]:
    """Every case of an edition as its module has it, of those that judge printers, or of those that judge clients.

    Such a function takes a play or, where its only scenario is ``RUN`` or ``CLIENT``, the run or what the client did.
    ``drawn`` are scenarios that only this run has.
    """
    for file in case_files():
        module = importlib.import_module(f"{case_package.__name__}.{file.stem}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            for mark in _marks(function):
                on = mark.kwargs["on"]
                if judges(on) is not whom:
                    continue
                read = tuple(s.id for s in selected(on, drawn) if edition in s.editions)
                scenarios = (on,) if on in (RUN, CLIENT) else read
                yield CaseFunction(module.__name__, name, function, mark.kwargs["requirements"], scenarios)


def judges(on: str) -> Binds:
    """Whom a case judges that reads that."""
    return Binds.CLIENT if on == CLIENT else Binds.PRINTER


def cases(
    edition: Edition,
    drawn: Sequence[Scenario] = (),
    vocabulary: str | None = None,
    whom: Binds = Binds.PRINTER,
) -> list[CaseEntry]:
    """Every case that speaks for a requirement of an edition, and of a vocabulary if it is known.

    ``drawn`` are scenarios that only this run has.
    """
    known = catalogue(edition, vocabulary, whom)
    return [
        CaseEntry(case_id(case.module, case.name, scenario), counted, scenario)
        for case in case_functions(edition, drawn, whom)
        if (counted := tuple(name for name in case.requirements if name in known))
        for scenario in case.scenarios
    ]


def all_cases(edition: Edition) -> list[CaseEntry]:
    """Those that judge printers, then those that judge clients."""
    return [entry for whom in (Binds.PRINTER, Binds.CLIENT) for entry in cases(edition, whom=whom)]


def _marks(function: Callable[..., Any]) -> list[Any]:
    return [mark for mark in getattr(function, "pytestmark", []) if mark.name == "case"]
