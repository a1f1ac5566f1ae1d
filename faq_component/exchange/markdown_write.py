"""Writing Markdown: a heading per topic with its id, questions as a list, each answer a quote."""

from __future__ import annotations

import json

from faq_component.exchange.cells import write_answer, write_exact, write_line
from faq_component.exchange.markdown_questions import has_mark
from faq_component.knowledge.responses import Response, response_to_json
from faq_component.knowledge.topics import Faq, Topic


def write_markdown(faq: Faq) -> bytes:
    """The bytes of a Markdown file: a heading per topic with its id, questions as a list, each answer a quote."""
    return "\n".join(["# FAQ\n", *(_topic(topic) for topic in faq.topics)]).encode()


def _topic(topic: Topic) -> str:
    title = write_exact(topic.title) if has_mark(topic.title) else write_line(topic.title)
    posts = "".join(f"- {_post(post)}\n" for post in topic.posts)
    responses = [_response(response) for response in topic.responses]
    return "\n".join([f"## {title} {{#{topic.id}}}\n", *_options(topic), posts, *responses])


def _options(topic: Topic) -> list[str]:
    """The optional keys, in a comment."""
    written = topic.options.to_json()
    return [f"<!-- {json.dumps(written).replace('>', chr(92) + 'u003e')} -->\n"] if written else []


def _response(response: Response) -> str:
    if isinstance(response, str):
        return "".join(f"> {line}\n" if line else ">\n" for line in write_answer(response).split("\n"))
    content = json.dumps(response_to_json(response), ensure_ascii=False, indent=2)
    return f"```json\n{content}\n```\n"


def _post(post: str) -> str:
    is_rule = not post.strip("- \t")  # with its "- " it would be a line across the page
    return write_exact(post) if is_rule else write_line(post)
