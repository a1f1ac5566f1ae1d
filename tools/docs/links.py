"""Links of a page to files of the repository that are no pages of the site."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = "docs"
# Files outside of docs/ that a page of the site includes, by that page.
INCLUDED = {
    "CHANGELOG.md": "project/changelog.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CONTRIBUTING.zh.md": "project/contributing.zh.md",
    "SECURITY.md": "project/security.md",
    "SECURITY.zh.md": "project/security.zh.md",
    "CODE_OF_CONDUCT.md": "project/conduct.md",
    "data/README.md": "project/data.md",
    "models/encoder/README.md": "results/model-card.md",
}
_LANGUAGE = re.compile(r"(\.[a-z]{2})?\.md$")
_FENCED = re.compile(r"(^ *```.*?^ *```$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\[\]]*)\]\((?P<target>[^)\s]+)\)")


def rewrite_links(markdown: str, source: str, page: str, repository: str | None = None) -> str:
    """Return the text of a page with the links that work on the site.

    A link to a file that a page includes leads to that page, one to another file of the repository to the
    repository; where that has no address, it becomes the name of the file.

    Args:
        markdown: the text.
        source: the file that it is written in, relative to the repository.
        page: the page that shows it, relative to `docs`.
        repository: address of the repository's files, if they are published.

    Raises:
        FileNotFoundError: a link leads to a file that there is not.
    """
    replace = _replacement(source, page, repository, INCLUDED)
    parts = _FENCED.split(markdown)
    # Code stays as it is; it is hidden, not taken out, since the text of a link may be code.
    hidden = parts[1::2]
    text = "".join(part if index % 2 == 0 else f"\0{index // 2}\0" for index, part in enumerate(parts))
    text = _LINK.sub(replace, text)
    return re.sub("\0(\\d+)\0", lambda match: hidden[int(match[1])], text)


def _replacement(
    source: str, page: str, repository: str | None, included: Mapping[str, str]
) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        path, _, anchor = match["target"].partition("#")
        if re.match(r"[a-z]+:", match["target"]) or not path:
            return match[0]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        if not (ROOT / target).exists():
            raise FileNotFoundError(f"{source} links to {target}, which is not there")
        if _other_language(source, target):
            return ""
        if target in included:
            target = f"{DOCS}/{included[target]}"
        if target.startswith(f"{DOCS}/"):
            here = posixpath.relpath(target, posixpath.dirname(f"{DOCS}/{page}"))
            return f"[{match['text']}]({here}{'#' if anchor else ''}{anchor})"
        if repository:
            return f"[{match['text']}]({repository}/{target})"
        return match["text"] if match["text"] in (f"`{target}`", target) else f"{match['text']} (`{target}`)"

    return replace


def _other_language(source: str, target: str) -> bool:
    """Whether a link leads from a file outside of docs to its other language, for which the site has a button."""
    return "/" not in source and _LANGUAGE.sub("", source) == _LANGUAGE.sub("", target)
