"""The FAQ of a swimming pool, small enough to be known by heart."""

from __future__ import annotations

from typing import Any

TOPICS: dict[str, Any] = {
    "营业时间": {
        "id": "hours",
        "post": ["几点开门", "泳馆营业到几点", "周末开到什么时候"],
        "resp": ["每天6点到22点。"],
    },
    "门票价格": {
        "id": "ticket",
        "post": ["门票多少钱", "单次游泳怎么收费", "票价是多少"],
        "resp": ["单次40元。", "一张票40元。", "每人每次40元。"],
    },
    "办年卡": {
        "id": "card",
        "post": ["怎么办年卡", "年卡在哪里买", "我想办会员卡"],
        "resp": [
            {
                "text": "前台或小程序都能办。",
                "buttons": [{"title": "办卡", "payload": "/card"}],
                "image": "https://example.org/card.png",
            }
        ],
    },
    "泳帽": {"id": "cap", "post": ["必须戴泳帽吗", "没有泳帽能下水吗", "泳帽哪里买"], "resp": ["要戴，前台有售。"]},
    "深水证": {"id": "deep", "post": ["深水区要证吗", "深水证怎么考", "考深水证要多久"], "resp": ["游完200米就发证。"]},
    "储物柜": {
        "id": "locker",
        "post": ["有柜子放衣服吗", "储物柜要钱吗", "柜子钥匙丢了"],
        "resp": ["免费，押金20元。"],
    },
    "停车": {"id": "parking", "post": ["可以停车吗", "停车场在哪", "停车怎么收费"], "resp": ["楼下停车两小时免费。"]},
    "儿童": {
        "id": "child",
        "post": ["小孩几岁能游", "儿童要大人陪吗", "宝宝可以下水吗"],
        "resp": ["三岁以上，须大人陪同。"],
    },
    "水温": {"id": "water", "post": ["水温多少度", "冬天水冷不冷", "池水加热吗"], "resp": ["常年28度。"]},
    "只在微信": {
        "id": "wechat",
        "post": ["公众号是什么", "微信怎么关注", "小程序叫什么"],
        "resp": [{"text": "就是本号。", "channel": "wechat"}],
    },
}
