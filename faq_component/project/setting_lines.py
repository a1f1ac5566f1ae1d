"""One setting changed in a project's `config.yml`, with every comment and line around it kept."""

from __future__ import annotations

from pathlib import Path

from faq_component.errors import FaqError
from faq_component.language import _
from faq_component.project.yaml_lines import NotUnderstoodError, YamlLines
from faq_component.settings import COMPONENT, Settings, load_settings
from faq_component.support.files import write_named


def change_setting(config: Path, name: str, value: float) -> None:
    """Write a setting into the component of `config.yml`.

    Raises:
        NotUnderstoodError: the file has a form that is not edited, or no component; it says what to write by hand.
        FaqError: the file cannot be read or written, or the value is not one of the setting's.
    """
    Settings.from_mapping({name: value})
    try:
        text = config.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FaqError(_("{file} cannot be read: {reason}").format(file=config, reason=error)) from error
    lines = YamlLines(str(config), text)
    pipeline = lines.content.get("pipeline")
    places = [
        place
        for place, item in enumerate(pipeline if isinstance(pipeline, list) else [])
        if isinstance(item, dict) and str(item.get("name", "")).rpartition(".")[2] == COMPONENT
    ]
    if not places:
        raise NotUnderstoodError(
            _("{file} is not edited: {reason}").format(file=config, reason=_("it has no component FaqRecall"))
        )
    lines.set_scalar("pipeline", places[0], name, f"{value:g}")
    write_named(config, lines.text.encode())
    if getattr(load_settings(config), name) != value:  # such as by a second document; never seen, and never to be
        write_named(config, text.encode())
        raise NotUnderstoodError(
            _("{file} is not edited: {reason}").format(file=config, reason=_("the setting did not take the value"))
        )
