"""What `faq init` adds to a Rasa project: new texts of its files."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import yaml

from faq_component.language import _
from faq_component.project.rasa_project import ACTIONS, IMPORTER, OUR_IMPORTERS, RECALL, RasaProject
from faq_component.project.yaml_lines import NotUnderstoodError, YamlLines
from faq_component.settings import COMPONENT, phrases_of
from faq_component.yaml_text import load_yaml

TEMPLATES = Path(__file__).with_name("templates")
ACTIONS_FILE = (
    f'"""The FAQ\'s actions; `rasa run actions` finds them here."""\n\nfrom {ACTIONS} import *  # noqa: F403\n'
)
_ACTIONS_LINE = f"from {ACTIONS} import *  # noqa: E402, F403\n"
_ENDPOINT = 'url: "http://localhost:5055/webhook"'
_COMMENTED_ENDPOINT = re.compile(r"^# ?(action_endpoint:[ \t]*)\n#( +url:.*)\n", re.MULTILINE)
_DEFAULT_CONFIG = "engine/recipes/config_files/default_config.yml"  # in the package rasa


def additions(project: RasaProject, faq: str) -> dict[str, str]:
    """Return the new text of each file that changes, by its path in the project; new files among them.

    Args:
        project: the project, which keeps what it has.
        faq: where its FAQ is, or is to be: a sample of five topics is added where nothing is there.

    Raises:
        NotUnderstoodError: a file has a form that is not edited; nothing is returned for the others either.
    """
    texts = {
        "config.yml": _config(project, faq),
        "endpoints.yml": _endpoints(project),
        **_actions(project),
        **_sample(project, faq),
    }
    return {name: text for name, text in texts.items() if text != before(project.folder / name)}


def before(file: Path) -> str | None:
    """Return the text of a file; None where it is missing."""
    return file.read_bytes().decode("utf-8") if file.is_file() else None


def _config(project: RasaProject, faq: str) -> str:
    yaml_lines = YamlLines("config.yml", before(project.config_file) or "")
    if COMPONENT not in project.parts("pipeline"):
        _add_recall(yaml_lines, faq)
    _add_importer(yaml_lines, project.parts("importers"))
    policies = yaml_lines.content.get("policies")
    if policies is not None and "RulePolicy" not in project.parts("policies"):
        yaml_lines.insert_item("policies", len(policies), ["- name: RulePolicy"])
    return yaml_lines.text


def _add_recall(yaml_lines: YamlLines, faq: str) -> None:
    """Add the component at the end, where it knows all entities; after Rasa's default where there is no pipeline."""
    recall = [f"- name: {RECALL}", f"  faq: {faq}"]
    pipeline = yaml_lines.content.get("pipeline")
    if pipeline is not None:
        yaml_lines.insert_item("pipeline", len(pipeline), recall)
        return
    lines = [f"  {line}" for line in [*_default_pipeline(), *recall]]
    if "pipeline" in yaml_lines.content:
        yaml_lines.fill_section("pipeline", lines)
    else:
        yaml_lines.add_section("pipeline", lines, before="policies")


def _default_pipeline() -> list[str]:
    """The lines of the pipeline that Rasa takes where the configuration has none."""
    rasa = find_spec("rasa")
    file = Path(rasa.origin).parent / _DEFAULT_CONFIG if rasa and rasa.origin else None
    if file is None or not file.is_file():
        raise NotUnderstoodError(
            _("config.yml is not edited: it has no pipeline, and Rasa, whose own would be taken, is not installed here")
        )
    pipeline = load_yaml(file.read_text(encoding="utf-8"))["pipeline"]
    return yaml.safe_dump(pipeline, sort_keys=False).splitlines()


def _add_importer(yaml_lines: YamlLines, importers: list[str]) -> None:
    if OUR_IMPORTERS & set(importers):
        return
    if not importers and "importers" in yaml_lines.content:
        yaml_lines.fill_section("importers", [f"  - name: {IMPORTER}"])
    elif not importers:
        yaml_lines.add_section("importers", [f"  - name: {IMPORTER}"], before="pipeline")
    elif "RasaFileImporter" in importers:
        yaml_lines.replace_scalar("importers", importers.index("RasaFileImporter"), "name", IMPORTER)
    else:
        raise NotUnderstoodError(
            _(
                "config.yml is not edited: its importer {name} reads the project's files in its own way; write "
                "'- name: {importer}' beside it if the files below data/ and domain.yml are not read by it, else copy "
                "what the importer would add (the guide on projects of one's own says what)"
            ).format(name=importers[0], importer=IMPORTER)
        )


def _endpoints(project: RasaProject) -> str:
    text = before(project.endpoints_file) or ""
    yaml_lines = YamlLines("endpoints.yml", text)
    if yaml_lines.content.get("action_endpoint") is not None:
        return text
    if "action_endpoint" in yaml_lines.content:
        yaml_lines.fill_section("action_endpoint", [f"  {_ENDPOINT}"])
        return yaml_lines.text
    uncommented = YamlLines("endpoints.yml", _COMMENTED_ENDPOINT.sub(r"\1\n\2\n", yaml_lines.text, count=1))
    if set(uncommented.content.get("action_endpoint") or {}) == {"url"}:
        return uncommented.text
    yaml_lines.add_section("action_endpoint", [f"  {_ENDPOINT}"])
    return yaml_lines.text


def _actions(project: RasaProject) -> dict[str, str]:
    module = project.folder / "actions.py"
    if project.has_actions:
        return {}
    if module.is_file() and not (project.folder / "actions").is_dir():
        return {"actions.py": f"{(before(module) or '').rstrip()}\n\n{_ACTIONS_LINE}".lstrip()}
    name = "faq.py" if not (project.folder / "actions/faq.py").exists() else "faq_actions.py"
    package = {} if (project.folder / "actions").is_dir() else {"actions/__init__.py": ""}
    return {**package, f"actions/{name}": ACTIONS_FILE}


def _sample(project: RasaProject, faq: str) -> dict[str, str]:
    """A first FAQ where the setting names a place in the project at which nothing is."""
    if "://" in faq or (project.folder / faq).exists():
        return {}
    language = phrases_of(project.config.get("language"))
    name = faq if faq.endswith(".json") else f"{faq}/faq.json"
    return {name: (TEMPLATES / language / "faq/faq.json").read_text(encoding="utf-8")}
