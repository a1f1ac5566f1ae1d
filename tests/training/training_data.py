"""Small data that a tiny BERT can learn."""

from __future__ import annotations

import random
from collections.abc import Sequence

from faq_component.training.pairs.examples import Example

WORDS = ("退货", "换货", "发票", "运费", "优惠", "地址", "密码", "会员", "客服", "取消")
ASK = ("怎么{}", "如何{}", "我想{}", "{}怎么办", "请问{}", "可以{}吗", "{}要多久", "能{}吗")


def word_examples(count: int = 160, seed: int = 0, words: Sequence[str] = WORDS) -> list[Example]:
    """Questions about ten things, or fewer; two are the same when they are about the same thing."""
    draw = random.Random(seed)
    examples = []
    for number in range(count):
        first = draw.choice(words)
        second = first if number % 2 else draw.choice([word for word in words if word != first])
        one, other = draw.sample(ASK, 2)
        examples.append(Example(one.format(first), other.format(second), first == second, (first, second)))
    return examples
