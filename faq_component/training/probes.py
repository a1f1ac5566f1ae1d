"""Sentences on which an encoder is compared with its import or export."""

from __future__ import annotations

# Chinese and English, short and long.
PROBES = (
    "晚安", "10点了，我要睡觉了", "非常感谢", "怎么退货", "退货的运费谁出", "发票抬头写错了怎么改", "你叫什么名字",
    "今天心情不太好", "我的快递到哪里了", "优惠券为什么用不了", "信用卡还款日是哪一天", "手机收不到验证码怎么办",
    "人工智能会不会取代人类", "北京到上海的高铁要多久", "感冒了应该吃什么药", "how are you", "where is my order",
    "I would like to return this item", "good night", "What is the meaning of life?",
)  # fmt: skip
