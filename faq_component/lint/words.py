"""The rules, and the sentences in which they speak."""

from __future__ import annotations

from dataclasses import dataclass

from faq_component.language import N_

ERROR, WARNING = N_("error"), N_("warning")


@dataclass(frozen=True)
class Rule:
    """How bad what a rule finds is, the rule's title, and whether it needs the encoder."""

    severity: str
    title: str
    vectors: bool = False


@dataclass(frozen=True)
class Words:
    """A sentence and a suggested edit of a rule, with names in braces for what is filled in."""

    rule: str
    sentence: str
    edit: str


RULES = {
    "format": Rule(ERROR, N_("malformed")),
    "placeholder": Rule(ERROR, N_("empty or unfinished answers")),
    "contradiction": Rule(ERROR, N_("contradicting answers")),
    "braces": Rule(ERROR, N_("unpaired brackets")),
    "slot": Rule(ERROR, N_("placeholders that nothing fills in")),
    "markup": Rule(ERROR, N_("HTML and escaped line breaks")),
    "link": Rule(ERROR, N_("broken links")),
    "forbidden": Rule(ERROR, N_("words that must not pass")),
    "same-post": Rule(ERROR, N_("the same post in two topics")),
    "near-post": Rule(WARNING, N_("nearly the same post in two topics"), vectors=True),
    "misplaced-post": Rule(WARNING, N_("posts that may be in the wrong topic"), vectors=True),
    "same-topic": Rule(WARNING, N_("topics that mean the same"), vectors=True),
    "mixed-topic": Rule(WARNING, N_("topics of unrelated questions"), vectors=True),
    "long-answer": Rule(WARNING, N_("answers longer than a message")),
    "one-post": Rule(WARNING, N_("topics with a single post")),
}

WORDS = {
    "format": Words(
        "format",
        "{message}",
        N_("Mend it first: until then the bot does not load this knowledge base."),
    ),
    "placeholder": Words(
        "placeholder",
        N_("the answer is a placeholder"),
        N_("Write the answer, or remove it."),
    ),
    "unfinished": Words(
        "placeholder",
        N_("the answer holds '{mark}', so it is not finished"),
        N_("Finish the answer."),
    ),
    "echo": Words(
        "placeholder",
        N_("the answer only repeats the question"),
        N_("Write what should be answered."),
    ),
    "contradiction": Words(
        "contradiction",
        N_("says {here} where another answer says {there}"),
        N_("Find out which is right and write it into all answers; the other one is: {other}"),
    ),
    "braces": Words(
        "braces",
        N_("'{bracket}' has no counterpart"),
        N_("Add the missing '{missing}', or remove '{bracket}'."),
    ),
    "slot": Words(
        "slot",
        N_("'{slot}' is given to users as it is: texts of the FAQ are not filled in"),
        N_("Write the text without it."),
    ),
    "html": Words(
        "markup",
        N_("holds HTML, '{mark}', which users read as it stands"),
        N_("Write it as plain text: {plain}"),
    ),
    "escape": Words(
        "markup",
        N_("holds '\\n', which users read as it stands"),
        N_("Write line breaks: {plain}"),
    ),
    "link-scheme": Words(
        "link",
        N_("the link '{link}' does not begin with http:// or https://"),
        N_("Write it with https:// and open it once."),
    ),
    "link-space": Words(
        "link",
        N_("there is a space in the link '{link}', so it ends there"),
        N_("Remove the space or write %20 for it."),
    ),
    "link-wide": Words(
        "link",
        N_("there is a full-width '{char}' in the link '{link}'"),
        N_("Write the half-width character."),
    ),
    "link-host": Words(
        "link",
        N_("the link '{link}' names no host that users can reach"),
        N_("Write the address of the real page."),
    ),
    "link-bracket": Words(
        "link",
        N_("the bracket '{bracket}' before the link '{link}' is not closed"),
        N_("Add the missing '{missing}' behind the link."),
    ),
    "same-post": Words(
        "same-post",
        N_("the post is also in topic '{other}'{at}"),
        N_("Keep it in one of the two topics."),
    ),
    "near-post": Words(
        "near-post",
        N_("says nearly the same as '{post}' in topic '{other}'{at}"),
        N_("Keep one of them, or move both into one topic."),
    ),
    "misplaced-post": Words(
        "misplaced-post",
        N_("the post is nearer to topic '{other}' than to its own; the nearest post there is '{post}'"),
        N_("Move it there if that answer fits better."),
    ),
    "exchanged-post": Words(
        "misplaced-post",
        N_("the post is nearer to topic '{other}', and its post '{post}' to this topic, as if the two were exchanged"),
        N_("Exchange them back, or move the one that fits better elsewhere."),
    ),
    "same-topic": Words(
        "same-topic",
        N_("means much the same as topic '{other}'{at}"),
        N_("Merge the two, or give them posts and answers that tell them apart."),
    ),
    "mixed-topic": Words(
        "mixed-topic",
        N_("seems to hold unrelated questions, of whose {count} answers users get one at random"),
        N_("Make each question with its answer a topic of its own, and this title its tag."),
    ),
    "forbidden": Words(
        "forbidden",
        N_("the answer holds a word that must not pass, so the bot does not say it"),
        N_("Say it in other words, or take the word out of the list bot.refuse."),
    ),
    "forbidden-title": Words(
        "forbidden",
        N_("the title holds a word that must not pass, so the topic is not offered"),
        N_("Give it another title, or take the word out of the list bot.refuse."),
    ),
    "long-answer": Words(
        "long-answer",
        N_("has {count} characters, which these channels send as several messages: {channels}"),
        N_("Shorten it, or give a link to the whole text."),
    ),
    "one-post": Words(
        "one-post",
        N_("the topic has only one post"),
        N_("Add some other ways in which people ask this; five or more work well."),
    ),
}
