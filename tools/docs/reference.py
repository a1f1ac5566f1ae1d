"""Pages of the reference, made from the code: settings, commands, the HTTP API, what crosses to the action server."""

from __future__ import annotations

import argparse
import importlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from faq_component.cli import make_parser
from faq_component.dialogue import payload
from faq_component.language import speaking
from faq_component.service.openapi import describe
from faq_component.service.settings import ServiceSettings
from faq_component.settings import Settings
from faq_component.support.setting_fields import fields_table
from faq_component.types import Decision, Hit, Outcome, Result
from tools.docs.links import ROOT

# Settings of classes that Rasa loads: where they stand in its files, and the module and name of their dataclass.
_CHANNELS = "faq_component.rasa.channels"
RASA_SETTINGS = {
    "`config.yml`, `policies`: `faq_component.rasa.ActionServerGuard`": (
        "faq_component.rasa.components.action_server_guard",
        "GuardSettings",
    ),
    "`endpoints.yml`, `tracker_store`: `faq_component.rasa.SqliteConversations`": (
        "faq_component.rasa.components.sqlite_conversations",
        "ConversationSettings",
    ),
    "`endpoints.yml`, `lock_store`: `faq_component.rasa.RedisLocks`": (
        "faq_component.rasa.components.redis_locks",
        "LockSettings",
    ),
    "`credentials.yml`: `faq_component.rasa.channels.WeChat`": (f"{_CHANNELS}.wechat", "WeChatSettings"),
    "`credentials.yml`: `faq_component.rasa.channels.WeCom`": (f"{_CHANNELS}.wecom", "WeComSettings"),
    "`credentials.yml`: `faq_component.rasa.channels.Feishu`": (f"{_CHANNELS}.feishu", "FeishuSettings"),
    "`credentials.yml`: `faq_component.rasa.channels.DingTalk`": (f"{_CHANNELS}.dingtalk", "DingTalkSettings"),
}

# Headings of tables, and other words of these pages.
_WORDS = {
    "en": {
        "argument": "argument",
        "meaning": "is",
        "default": "default",
        "field": "field",
        "type": "type",
        "bounds": "bounds",
        "request": "Request",
        "response": "Response",
        "required": "required",
        "status": "status",
        "when": "when",
        "kind": "kind",
        "name": "name",
        "slot": "slot",
        "entity": "entity",
        "intent": "intent",
        "action": "action",
        "one_of": "one of",
        "choices": "{text}; one of {choices}",
        "more": "more",
    },
    "zh": {
        "argument": "参数",
        "meaning": "说明",
        "default": "默认",
        "field": "字段",
        "type": "类型",
        "bounds": "范围",
        "request": "请求",
        "response": "响应",
        "required": "必填",
        "status": "状态码",
        "when": "何时",
        "kind": "种类",
        "name": "名称",
        "slot": "槽位",
        "entity": "实体",
        "intent": "意图",
        "action": "动作",
        "one_of": "其一",
        "choices": "{text}；可以是 {choices}",
        "more": "更多",
    },
}


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def settings(language: str) -> str:
    """The settings of `FaqRecall`, a heading and a table for each group."""
    return _grouped(fields_table(Settings), language)


def service_settings(language: str) -> str:
    """The settings of the web service."""
    return _grouped(fields_table(ServiceSettings), language)


def rasa_settings(language: str) -> str:
    """The settings of what Rasa loads beside `FaqRecall`, a heading and a table for each."""
    kinds = {place: getattr(importlib.import_module(module), name) for place, (module, name) in RASA_SETTINGS.items()}
    tables = {place: _grouped(fields_table(kind), language).splitlines() for place, kind in kinds.items()}
    return "\n\n".join(
        f"### {place}\n\n" + "\n".join(line for line in lines if line.startswith("|"))
        for place, lines in tables.items()
    )


def _grouped(tables: str, language: str) -> str:
    """The tables with their groups as headings, and the pages that they name as links."""
    lines = [f"## {line.strip('*')}" if line.startswith("**") else line for line in tables.splitlines()]
    return re.sub(r"\(docs/([\w/-]+\.md)\)", rf"([{_WORDS[language]['more']}](../\1))", "\n".join(lines))


def commands(language: str) -> str:
    """Every command with its arguments."""
    with speaking(language):
        every = parsers(make_parser())
        return "\n\n".join(_command(parser, help_, _WORDS[language]) for parser, help_ in every)


def parsers(parser: argparse.ArgumentParser) -> Iterator[tuple[argparse.ArgumentParser, str]]:
    """Every command below a parser, with the help that its parent lists."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, below in action.choices.items():
                yield below, helps.get(name, "")
                yield from parsers(below)


def _command(parser: argparse.ArgumentParser, help_: str, words: Mapping[str, str]) -> str:
    rows, places, options = [], [], False
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction) or action.help == argparse.SUPPRESS:
            continue
        if not action.option_strings:
            places.append(_place(action))
        options = options or bool(action.option_strings)
        if action.help and not isinstance(action, argparse._SubParsersAction):
            rows.append([_argument(action), _meaning(parser, action, words), _default(action)])
    call = " ".join([parser.prog, *(["[OPTIONS]"] if options else []), *places])
    parts = [f"## {parser.prog}", _escaped(help_), f"```text\n{call}\n```"]
    if rows:
        parts.append(_table([words["argument"], words["meaning"], words["default"]], rows))
    return "\n\n".join(part for part in parts if part)


def _value(action: argparse.Action) -> str:
    value = action.metavar or action.dest.upper()
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _place(action: argparse.Action) -> str:
    """A positional argument as a usage line shows it."""
    value = _value(action)
    forms = {"*": f"[{value} ...]", "+": f"{value} [{value} ...]", "?": f"[{value}]"}
    return forms.get(str(action.nargs), value)


def _argument(action: argparse.Action) -> str:
    if not action.option_strings:
        return f"`{_value(action)}`"
    taken = "" if action.nargs == 0 else f" {_value(action)}"
    return ", ".join(f"`{flag}{taken}`" for flag in action.option_strings)


def _meaning(parser: argparse.ArgumentParser, action: argparse.Action, words: Mapping[str, str]) -> str:
    text = _escaped(parser._get_formatter()._expand_help(action))
    choices = ", ".join(f"`{choice}`" for choice in action.choices or ())
    return words["choices"].format(text=text, choices=choices) if choices else text


def _default(action: argparse.Action) -> str:
    if action.nargs == 0 or action.default in (None, argparse.SUPPRESS, [], ()):
        return ""
    return f"`{action.default}`"


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace("*", "\\*")


def http_api(language: str) -> str:
    """The endpoints of the web service from its OpenAPI description: requests, responses, statuses."""
    described = describe(ServiceSettings(), Settings().top_k)
    schemas, words = described["components"]["schemas"], _WORDS[language]
    parts = []
    for address, operations in described["paths"].items():
        for method, operation in operations.items():
            parts += [f"## {method.upper()} {address}", operation["summary"] + "."]
            if "requestBody" in operation:
                parts += [
                    f"**{words['request']}**",
                    _fields(_schema_of(operation["requestBody"], schemas), schemas, words),
                ]
            if "parameters" in operation:
                properties = {
                    each["name"]: {**each["schema"], "description": each["description"]}
                    for each in operation["parameters"]
                }
                parts += [f"**{words['request']}**", _fields({"properties": properties}, schemas, words)]
            good = _schema_of(operation["responses"]["200"], schemas)
            if good.get("properties"):
                parts += [f"**{words['response']}**", _fields(good, schemas, words)]
            bad = [[code, said["description"]] for code, said in operation["responses"].items() if code != "200"]
            if bad:
                parts.append(_table([words["status"], words["when"]], bad))
    return "\n\n".join(parts)


def problems(language: str) -> str:
    """The statuses of the HTTP API's errors."""
    described, words = describe(ServiceSettings(), Settings().top_k), _WORDS[language]
    found: dict[str, str] = {}
    for operations in described["paths"].values():
        for operation in operations.values():
            found |= {code: said["description"] for code, said in operation["responses"].items() if code != "200"}
    return _table([words["status"], words["when"]], [list(item) for item in sorted(found.items())])


def _schema_of(body: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    (content,) = body["content"].values()
    return _resolved(content["schema"], schemas)


def _resolved(schema: dict[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    resolved: dict[str, Any] = schemas[reference.rpartition("/")[2]] if reference else schema
    return resolved


def _fields(schema: Mapping[str, Any], schemas: Mapping[str, Any], words: Mapping[str, str]) -> str:
    required = schema.get("required", ())
    rows = []
    for name, below in schema["properties"].items():
        below = _resolved(below, schemas)
        shown = f"`{name}`" + (
            f" ({words['required']})" if name in required and "additionalProperties" in schema else ""
        )
        rows.append([shown, _type(below, words), _bounds(below), below.get("description", "")])
    return _table([words["field"], words["type"], words["bounds"], words["meaning"]], rows)


def _type(schema: Mapping[str, Any], words: Mapping[str, str]) -> str:
    if "oneOf" in schema:
        kind = f"{words['one_of']}: " + ", ".join(_type(each, words) for each in schema["oneOf"])
    elif schema.get("type") == "array":
        kind = f"array of {_type(schema['items'], words)}"
    elif schema.get("properties"):
        kind = "object: " + ", ".join(f"`{name}`" for name in schema["properties"])
    else:
        kind = schema.get("type", "any")
    return f"{kind} or null" if schema.get("nullable") else kind


def _bounds(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    names = {"minimum": "≥", "maximum": "≤", "minLength": "length ≥", "maxLength": "length ≤", "minItems": "items ≥"}
    names["maxItems"] = "items ≤"
    found = [f"{sign} {schema[name]}" for name, sign in names.items() if name in schema]
    if "default" in schema:
        found.append(f"default `{json.dumps(schema['default'])}`")
    return ", ".join(found)


def payload_example(_language: str) -> str:
    """The payload of a clarifying question, as JSON."""
    hits = (Hit("cancel_order", "", 0.81), Hit("cancel_sent", "", 0.79), Hit("find_order", "", 0.42))
    result = Result(hits, Decision(Outcome.CLARIFY, 0.74, hits[:2]), "5b3a4f30d2c1e6f7")
    shown = {payload.MESSAGE_KEY: result.decided().to_json()}
    return f"```json\n{json.dumps(shown, indent=2)}\n```"


def rasa_names(language: str) -> str:
    """Intents, entities, slots and actions that the package adds to a Rasa project."""
    text = resources.files("faq_component.rasa").joinpath("project_files/domain.yml").read_text("utf-8")
    domain, words = yaml.safe_load(text), _WORDS[language]
    rows = []
    for kind, section in (("intent", "intents"), ("entity", "entities"), ("slot", "slots"), ("action", "actions")):
        for item in domain[section]:
            name = next(iter(item)) if isinstance(item, dict) else item
            detail = f"`{domain['slots'][name]['type']}`" if section == "slots" else ""
            rows.append([words[kind], f"`{name}`", detail])
    return _table([words["kind"], words["name"], words["type"]], rows)


def decisions(language: str) -> str:
    """The decision records, by number, each by the page in that language if there is one."""
    folder = ROOT / "docs/project/decisions"
    pages = sorted(page for page in folder.glob("[0-9]*.md") if not page.stem.endswith(".zh"))
    twins = [twin if (twin := page.with_suffix(f".{language}.md")).exists() else page for page in pages]
    return "\n".join(f"- [{_title(page)}]({page.name})" for page in twins)


def _title(page: Path) -> str:
    return page.read_text("utf-8").partition("\n")[0].lstrip("# ")


GENERATED: dict[str, Callable[[str], str]] = {
    "settings": settings,
    "service-settings": service_settings,
    "rasa-settings": rasa_settings,
    "commands": commands,
    "http-api": http_api,
    "problems": problems,
    "payload": payload_example,
    "rasa-names": rasa_names,
    "decisions": decisions,
}
