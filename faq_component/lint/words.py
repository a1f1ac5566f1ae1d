"""The rules, and the sentences in which they speak: English on the command line and in JSON, Chinese on the page."""

from __future__ import annotations

from dataclasses import dataclass

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class Rule:
    """How bad what a rule finds is, the rule's Chinese title, and whether it needs the encoder."""

    severity: str
    title: str
    vectors: bool = False


@dataclass(frozen=True)
class Words:
    """A sentence and a suggested edit of a rule, with names in braces for what is filled in."""

    rule: str
    sentence: str
    edit: str
    sentence_zh: str
    edit_zh: str


RULES = {
    "format": Rule(ERROR, "格式错误"),
    "placeholder": Rule(ERROR, "空的或没写完的回答"),
    "contradiction": Rule(ERROR, "回答互相矛盾"),
    "braces": Rule(ERROR, "括号不成对"),
    "slot": Rule(ERROR, "没有填的占位符"),
    "link": Rule(ERROR, "打不开的链接"),
    "same-post": Rule(ERROR, "同一个问法在两个主题里"),
    "near-post": Rule(WARNING, "几乎一样的问法在两个主题里", vectors=True),
    "misplaced-post": Rule(WARNING, "问法可能放错了主题", vectors=True),
    "same-topic": Rule(WARNING, "意思相同的主题", vectors=True),
    "one-post": Rule(WARNING, "只有一个问法的主题"),
}

WORDS = {
    "format": Words(
        "format",
        "{message}",
        "Mend it first: until then the bot does not load this knowledge base.",
        "{message}",
        "请先改正：改好之前机器人无法加载这份问答。",
    ),
    "placeholder": Words(
        "placeholder",
        "the answer is a placeholder",
        "Write the answer, or remove it.",
        "这条回答只是占位，还没有写。",
        "写好这条回答，或者删掉它。",
    ),
    "unfinished": Words(
        "placeholder",
        "the answer holds '{mark}', so it is not finished",
        "Finish the answer.",
        "回答里有“{mark}”，看来还没写完。",
        "把这条回答写完。",
    ),
    "echo": Words(
        "placeholder",
        "the answer only repeats the question",
        "Write what should be answered.",
        "回答只是重复了问题。",
        "写上真正的回答。",
    ),
    "contradiction": Words(
        "contradiction",
        "says {here} where another answer says {there}",
        "Find out which is right and write it into all answers; the other one is: {other}",
        "这里说“{here}”，另一条回答却说“{there}”。",
        "核实哪个正确，并改成一致。另一条回答：{other}",
    ),
    "braces": Words(
        "braces",
        "'{bracket}' has no counterpart",
        "Add the missing '{missing}', or remove '{bracket}'.",
        "“{bracket}”没有配对的另一半。",
        "补上“{missing}”，或删掉“{bracket}”。",
    ),
    "slot": Words(
        "slot",
        "'{slot}' is given to users as it is: texts of the FAQ are not filled in",
        "Write the text without it.",
        "“{slot}”会原样发给用户：问答文字里的占位符不会被替换。",
        "改成不带占位符的说法。",
    ),
    "link-scheme": Words(
        "link",
        "the link '{link}' does not begin with http:// or https://",
        "Write it with https:// and open it once.",
        "链接“{link}”没有以 http:// 或 https:// 开头。",
        "写上 https:// 并打开试试。",
    ),
    "link-space": Words(
        "link",
        "there is a space in the link '{link}', so it ends there",
        "Remove the space or write %20 for it.",
        "链接“{link}”中间有空格，会在那里断开。",
        "去掉空格，或写成 %20。",
    ),
    "link-wide": Words(
        "link",
        "there is a full-width '{char}' in the link '{link}'",
        "Write the half-width character.",
        "链接“{link}”里有全角字符“{char}”。",
        "改成半角字符。",
    ),
    "link-host": Words(
        "link",
        "the link '{link}' names no host that users can reach",
        "Write the address of the real page.",
        "链接“{link}”的网址不是用户能打开的。",
        "换成真正的网址。",
    ),
    "link-bracket": Words(
        "link",
        "the bracket '{bracket}' before the link '{link}' is not closed",
        "Add the missing '{missing}' behind the link.",
        "链接“{link}”前的括号“{bracket}”没有闭合。",
        "在链接后补上“{missing}”。",
    ),
    "same-post": Words(
        "same-post",
        "the post is also in topic '{other}'{there}",
        "Keep it in one of the two topics.",
        "这个问法在主题“{other}”里也有{there}。",
        "只留在其中一个主题里。",
    ),
    "near-post": Words(
        "near-post",
        "says nearly the same as '{post}' in topic '{other}'{there}",
        "Keep one of them, or move both into one topic.",
        "和主题“{other}”里的“{post}”几乎一样{there}。",
        "只留一个，或放进同一个主题。",
    ),
    "misplaced-post": Words(
        "misplaced-post",
        "the post is nearer to topic '{other}' than to its own; the nearest post there is '{post}'",
        "Move it there if that answer fits better.",
        "这个问法离主题“{other}”更近，那里最近的问法是“{post}”。",
        "如果那里的回答更合适，就移过去。",
    ),
    "exchanged-post": Words(
        "misplaced-post",
        "the post is nearer to topic '{other}', and its post '{post}' to this topic, as if the two were exchanged",
        "Exchange them back, or move the one that fits better elsewhere.",
        "这个问法离主题“{other}”更近，而那里的“{post}”离本主题更近，像是放反了。",
        "把两个问法换回来，或移动放错的那一个。",
    ),
    "same-topic": Words(
        "same-topic",
        "means much the same as topic '{other}'{there}",
        "Merge the two, or give them posts and answers that tell them apart.",
        "和主题“{other}”意思差不多{there}。",
        "合并成一个主题，或者让两者的问法和回答有区别。",
    ),
    "one-post": Words(
        "one-post",
        "the topic has only one post",
        "Add some other ways in which people ask this; five or more work well.",
        "这个主题只有一个问法。",
        "再补充几个用户会用的问法，五个以上效果才好。",
    ),
}
