"""`faq doctor`: what of a Rasa project keeps it from answering from its FAQ."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from faq_component.dialogue.words_file import read_words
from faq_component.encoders.metadata import EncoderMetadata
from faq_component.encoders.shipped import encoder_place
from faq_component.errors import FaqError, HandoverError, WordsError, install_command
from faq_component.handover.settings import read_handover
from faq_component.knowledge.checking import FaqReport
from faq_component.knowledge.store import open_store, shown
from faq_component.language import _, ngettext
from faq_component.project.findings import ERROR, NOTE, WARNING, Finding
from faq_component.project.rasa_project import ACTIONS, IMPORTER, OUR_IMPORTERS, RECALL, RasaProject
from faq_component.settings import COMPONENT, WITHOUT_ENCODER, Settings
from faq_component.support.http_address import is_loopback

RASA = "3.6"
PYTHON = (3, 10)
_LEAST_CONFIDENCE = 0.5  # of an answer
_FALLBACK = "FallbackClassifier"
INBOX = "faq_component.rasa.handover.Inbox"
INBOX_TOKEN = "FAQ_INBOX_TOKEN"  # noqa: S105 (the name of a variable)


@dataclass(frozen=True)
class Examined:
    """A project with the settings of its FAQ.

    Args:
        project: its files.
        settings: of `config.yml`.
        installed: returns the version of an installed distribution; None where it is not installed.
        python: version of Python, major and minor.
        environment: variables of the environment.
        has_module: says whether a module of a name can be imported.
    """

    project: RasaProject
    settings: Settings
    installed: Callable[[str], str | None]
    python: tuple[int, int]
    environment: Mapping[str, str]
    has_module: Callable[[str], bool]

    @cached_property
    def report(self) -> FaqReport:
        """The FAQ, or its faults."""
        return open_store(self.settings.faq).check()


def installed_version(name: str) -> str | None:
    """Return the version of an installed distribution, or None."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def has_module(name: str) -> bool:
    """Whether a module of a name can be imported; it is not."""
    return find_spec(name) is not None


def examine(project: RasaProject, settings: Settings) -> list[Finding]:
    """Return all findings about a project in the working directory."""
    examined = Examined(project, settings, installed_version, sys.version_info[:2], os.environ, has_module)
    return [finding for check in CHECKS for finding in check(examined)]


def check_versions(examined: Examined) -> Iterator[Finding]:
    """Rasa, its SDK and Python fit one another."""
    rasa, sdk = examined.installed("rasa"), examined.installed("rasa-sdk")
    python = ".".join(map(str, examined.python))
    if rasa is None:
        yield Finding(
            "versions",
            ERROR,
            "rasa",
            _("Rasa is not installed for {python}").format(python=sys.executable),
            _("run `faq` in the environment of your bot, or install it with `{command}`").format(
                command=install_command("bot")
            ),
        )
    elif _minor(rasa) != RASA:
        yield Finding(
            "versions",
            ERROR,
            "rasa",
            _("Rasa {version} is installed, and the components are written for {wanted}").format(
                version=rasa, wanted=RASA
            ),
            _("install it: `uv pip install 'rasa~={wanted}.20'`").format(wanted=RASA),
        )
    if rasa is not None and not examined.has_module("pkg_resources"):
        yield Finding(
            "versions",
            ERROR,
            "setuptools",
            _("Rasa imports pkg_resources, which setuptools {version} does not have any more").format(
                version=examined.installed("setuptools") or ""
            ),
            _("install an older one: `uv pip install 'setuptools<81'`"),
        )
    if rasa is not None and examined.python != PYTHON:
        yield Finding(
            "versions",
            ERROR,
            "python",
            _("Python {version} runs here, and Rasa {wanted} needs {python}").format(
                version=python, wanted=RASA, python=".".join(map(str, PYTHON))
            ),
            _("make an environment of that Python: `uv venv --python 3.10`"),
        )
    if rasa is not None and sdk is not None and _minor(sdk) != _minor(rasa):
        yield Finding(
            "versions",
            ERROR,
            "rasa-sdk",
            _("rasa-sdk {sdk} and Rasa {version} do not speak the same protocol").format(sdk=sdk, version=rasa),
            _("install the SDK of your Rasa: `uv pip install 'rasa-sdk~={minor}.0'`").format(minor=_minor(rasa)),
        )


def check_component(examined: Examined) -> Iterator[Finding]:
    """FaqRecall is in the pipeline, behind the classifiers."""
    pipeline = examined.project.parts("pipeline")
    if COMPONENT not in pipeline:
        yield Finding(
            "component",
            ERROR,
            "config.yml",
            _("the pipeline does not have {component}").format(component=COMPONENT),
            _("run `faq init`, or add '- name: {name}' at the end of the pipeline").format(name=RECALL),
        )
        return
    behind = pipeline[pipeline.index(COMPONENT) + 1 :]
    for name in behind:
        if name.endswith("Classifier") and name != _FALLBACK:
            yield Finding(
                "component",
                ERROR,
                "config.yml",
                _("{name} comes behind {component} and overwrites its decision").format(name=name, component=COMPONENT),
                _("move {component} to the end of the pipeline").format(component=COMPONENT),
            )
    if not [name for name in pipeline if name.endswith("Classifier") and name != _FALLBACK]:
        yield Finding(
            "component",
            NOTE,
            "config.yml",
            _("the pipeline has no classifier of intents; every message is a question to the FAQ"),
            _("add one if the project has intents of its own, such as DIETClassifier"),
        )
    threshold = _setting(examined.project, _FALLBACK, "threshold", 0.3)
    if _FALLBACK in behind and threshold > _LEAST_CONFIDENCE:
        yield Finding(
            "component",
            WARNING,
            "config.yml",
            _("{name} gives up below {threshold}, and so answers of the FAQ with a lower confidence too").format(
                name=_FALLBACK, threshold=threshold
            ),
            _("move {component} behind {name}, whose threshold then concerns your own intents alone").format(
                component=COMPONENT, name=_FALLBACK
            ),
        )


def check_importer(examined: Examined) -> Iterator[Finding]:
    """The importer adds the FAQ's intents, actions and rules, once."""
    project = examined.project
    importers = project.parts("importers")
    ours = OUR_IMPORTERS & set(importers)
    if not ours and not _knows_actions(project):
        yield Finding(
            "importer",
            ERROR,
            "config.yml",
            _("no importer adds the FAQ's intents, actions and rules"),
            _("run `faq init`, or add '- name: {name}' under 'importers:'").format(name=IMPORTER),
        )
    if ours and "RasaFileImporter" in importers:
        yield Finding(
            "importer",
            WARNING,
            "config.yml",
            _("RasaFileImporter reads the project's files a second time"),
            _("remove it: {name} reads them").format(name=min(ours)),
        )


def check_policies(examined: Examined) -> Iterator[Finding]:
    """RulePolicy applies the rules."""
    policies = examined.project.config.get("policies")
    if policies and "RulePolicy" not in examined.project.parts("policies"):
        yield Finding(
            "policies",
            ERROR,
            "config.yml",
            _("RulePolicy is not among the policies, and the FAQ's rules are not applied"),
            _("add '- name: RulePolicy'"),
        )


def check_rules(examined: Examined) -> Iterator[Finding]:
    """No rule or story of the project says something else on the FAQ's intents."""
    project = examined.project
    for file, rule in project.stories("rules"):
        place, name = str(file.relative_to(project.folder)), rule.get("rule")
        steps, condition = rule.get("steps"), rule.get("condition")
        first, action = _step(steps, 0), _step(steps, 1).get("action")
        if first.get("intent") == "nlu_fallback" and not condition and action != "action_faq_fallback":
            yield Finding(
                "rules",
                NOTE,
                place,
                _("the rule '{name}' says what the bot does on messages that it does not know; it stays").format(
                    name=name
                ),
                _("for the FAQ's sentences, also while its service is away, let it run action_faq_fallback"),
            )
        if first.get("intent") == "faq" and action != "action_faq_answer":
            yield Finding(
                "rules",
                ERROR,
                place,
                _("the rule '{name}' runs {action} on the intent faq, so that the FAQ does not answer").format(
                    name=name, action=action
                ),
                _("remove it and its examples (`faq import` reads them into the FAQ), or rename its intent"),
            )
    for file, story in project.stories("stories"):
        steps = story.get("steps")
        for step in steps if isinstance(steps, list) else []:
            if isinstance(step, dict) and step.get("intent") == "nlu_fallback":
                yield Finding(
                    "rules",
                    ERROR,
                    str(file.relative_to(project.folder)),
                    _("the story '{name}' has nlu_fallback, and Rasa stops with \"Contradicting rules\"").format(
                        name=story.get("story")
                    ),
                    _("make it a rule that begins with nlu_fallback: it then wins over the FAQ's"),
                )
                break


def check_actions(examined: Examined) -> Iterator[Finding]:
    """The action server is known, and has the FAQ's actions."""
    project = examined.project
    endpoint = project.endpoints.get("action_endpoint")
    url = endpoint.get("url") if isinstance(endpoint, dict) else None
    if not url:
        commented = project.endpoints_file.is_file() and "#action_endpoint" in project.endpoints_file.read_text(
            "utf-8", errors="replace"
        ).replace(" ", "")
        yield Finding(
            "actions",
            ERROR,
            "endpoints.yml",
            _("action_endpoint is commented out") if commented else _("action_endpoint is missing"),
            _("run `faq init`, or write action_endpoint with 'url: http://localhost:5055/webhook'"),
        )
    if project.has_actions:
        return
    if url and not _is_here(str(url)):
        yield Finding(
            "actions",
            NOTE,
            "endpoints.yml",
            _("the action server is at {url}, and its actions cannot be seen from here").format(url=url),
            _("see that its actions package has `from {actions} import *`").format(actions=ACTIONS),
        )
        return
    files = project.action_files
    yield Finding(
        "actions",
        ERROR,
        str(files[-1].relative_to(project.folder)) if files else "actions",
        _("the actions do not have those of the FAQ"),
        _("run `faq init`, or write `from {actions} import *` there").format(actions=ACTIONS),
    )


def check_address(examined: Examined) -> Iterator[Finding]:
    """The action server, which has no authentication, listens on this machine alone."""
    host = examined.environment.get("SANIC_HOST", "")
    if is_loopback(host) or any(b"SANIC_HOST" in file.read_bytes() for file in examined.project.action_files):
        return
    yield Finding(
        "address",
        NOTE,
        "actions",
        _("`rasa run actions` listens on {host}, without authentication").format(host=host or "0.0.0.0"),  # noqa: S104
        _("on a machine that others reach: `SANIC_HOST=127.0.0.1 rasa run actions`"),
    )


def check_faq(examined: Examined) -> Iterator[Finding]:
    """The FAQ is there, without faults, and with ways to ask."""
    if COMPONENT not in examined.project.parts("pipeline"):
        return  # where the FAQ is stands there
    place, report = shown(examined.settings.faq), examined.report
    if report.faq is None:
        count = len(report.faults)
        yield Finding(
            "faq",
            ERROR,
            place,
            ngettext("the FAQ has a fault: {first}", "the FAQ has {count} faults, the first: {first}", count).format(
                count=count, first=report.faults[0] if count else ""
            ),
            _("`faq check {place}` lists all faults; the setting 'faq' of {component} names the place").format(
                place=place, component=COMPONENT
            ),
        )
        return
    topics = report.faq.topics
    single = [topic for topic in topics if len(topic.posts) == 1]
    if single:
        yield Finding(
            "faq",
            WARNING if 2 * len(single) > len(topics) else NOTE,
            place,
            _("{count} of {all} topics have one post, and are found by little else than its words").format(
                count=len(single), all=len(topics)
            ),
            _("write two or three more ways to ask into each; `faq lint` lists them, `faq review` finds more"),
        )


def check_encoder(examined: Examined) -> Iterator[Finding]:
    """The encoder is there and whole."""
    settings = examined.settings
    if COMPONENT not in examined.project.parts("pipeline"):
        return
    if settings.service_url or settings.encoder_backend != "onnx" or settings.retriever in WITHOUT_ENCODER:
        return
    place = Path(encoder_place(settings.encoder))
    try:
        EncoderMetadata.read(place)
    except FaqError as error:
        yield Finding(
            "encoder",
            ERROR,
            str(place),
            _("the encoder cannot be used: {reason}").format(reason=error),
            _("set 'encoder: default' for the one that comes with the package, or install the package again"),
        )


def check_handover(examined: Examined) -> Iterator[Finding]:
    """What the setting `handover` names is without faults, and somebody is told."""
    file = examined.settings.handover
    if file is None or COMPONENT not in examined.project.parts("pipeline"):
        return
    try:
        settings = read_handover(file, examined.environment)
    except HandoverError as error:
        for fault in error.faults:
            yield Finding("handover", ERROR, file, fault, _("correct it; docs/guides/handover.md has all of its keys"))
        return
    credentials = examined.project.folder / "credentials.yml"
    written = credentials.read_text("utf-8", errors="replace") if credentials.is_file() else ""
    section = _section(written.splitlines(), INBOX)
    has_token = any(line.strip().startswith("token:") for line in section[1:])
    if section and not has_token and not examined.environment.get(INBOX_TOKEN):
        yield Finding(
            "handover",
            NOTE,
            "credentials.yml",
            _("the inbox takes no token without {variable} in Rasa's environment, and refuses everybody").format(
                variable=INBOX_TOKEN
            ),
            _("set it to a secret of 16 characters or more; `faq web` makes one for itself"),
        )
    if not settings.addressees and not section:
        yield Finding(
            "handover",
            WARNING,
            "credentials.yml",
            _("the bot hands over, and nobody is notified"),
            _("switch the inbox on with the line '{line}', or name adapters in {file}").format(
                line=f"{INBOX}:", file=file
            ),
        )


def _section(lines: list[str], name: str) -> list[str]:
    """Return the lines of a section of a YAML file, its name's first; none where it has no such section."""
    start = next((place for place, line in enumerate(lines) if line.startswith(f"{name}:")), len(lines))
    return [*lines[start : start + 1], *takewhile(lambda line: not line or line[0] in " #", lines[start + 1 :])]


def check_words(examined: Examined) -> Iterator[Finding]:
    """The words that must not pass can be read."""
    file = examined.settings.words
    if file is None or COMPONENT not in examined.project.parts("pipeline"):
        return
    try:
        read_words(file)
    except WordsError as error:
        for fault in error.faults:
            yield Finding("words", ERROR, file, fault, _("correct it; docs/guides/words.md has all of its keys"))


CHECKS: tuple[Callable[[Examined], Iterator[Finding]], ...] = (
    check_versions,
    check_component,
    check_importer,
    check_policies,
    check_rules,
    check_actions,
    check_address,
    check_faq,
    check_encoder,
    check_handover,
    check_words,
)


def _minor(number: str) -> str:
    return ".".join(number.split(".")[:2])


def _setting(project: RasaProject, component: str, name: str, default: float) -> float:
    for part in project.config.get("pipeline") or []:
        if isinstance(part, dict) and str(part.get("name")).rpartition(".")[2] == component:
            value = part.get(name, default)
            return float(value) if isinstance(value, (int, float)) else default
    return default


def _knows_actions(project: RasaProject) -> bool:
    """Whether the domain was written by hand, without the importer."""
    return any("action_faq_answer" in (content.get("actions") or []) for _file, content in project.training_files())


def _step(steps: Any, place: int) -> dict[str, Any]:
    step = steps[place] if isinstance(steps, list) and len(steps) > place else None
    return step if isinstance(step, dict) else {}


def _is_here(url: str) -> bool:
    """Whether a URL names this machine, or a variable of the environment does."""
    return "${" in url or is_loopback(urlsplit(url).hostname or "")
