"""Personal data in what people type: each becomes a word such as ``[手机号]`` before anything is kept."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from faq_component.chinese import DIGIT_VALUES

EMAIL, ID_CARD, BANK_CARD, MOBILE, LANDLINE = "[邮箱]", "[身份证号]", "[银行卡号]", "[手机号]", "[电话]"
WECHAT, QQ, PASSWORD, ADDRESS = "[微信号]", "[QQ号]", "[密码]", "[IP地址]"
WORDS = (EMAIL, ID_CARD, BANK_CARD, MOBILE, LANDLINE, WECHAT, QQ, PASSWORD, ADDRESS)

_MOST_CHARACTERS = 20_000
_PLAIN = dict(zip("－‐‑‒–—―−﹣＋＠﹫．＿（）／，、・•‧∙：＝", "-" * 9 + "+@@._()/,,····:=", strict=True))
_NUMERALS = {char: str(value) for char, value in DIGIT_VALUES.items()} | {"幺": "1"}
_NUMERALS |= {char: str(value % 10) for value, char in enumerate("零壹贰叁肆伍陆柒捌玖")} | {
    "貳": "2",
    "參": "3",
    "陸": "6",
}

Check = Callable[[str], bool]


@dataclass(frozen=True)
class _Kind:
    word: str
    pattern: re.Pattern[str]
    holds: Check = lambda _found: True


def mask(text: str) -> str:
    """The text with personal data replaced by `WORDS`.

    That is e-mail addresses, ID cards, bank cards, phone numbers of China, Hong Kong, Taiwan and the USA, and of other
    countries with their code; ids of WeChat and QQ and passwords that are said to be such; IP addresses. Digits may be
    full-width or of another script, and apart by spaces, dashes, dots and other marks; a mobile number may also be in
    Chinese numerals. Of a text longer than 20,000 characters only the beginning is looked at, and given back.
    Idempotent: ``mask(mask(text)) == mask(text)``.
    """
    text = text[:_MOST_CHARACTERS]
    for kind in _KINDS:
        text = _replaced(text, _plain(text), kind)
    spoken = "".join(
        _NUMERALS.get(char, plain if plain in _APART or plain.isdigit() else "|")
        for char, plain in zip(text, _plain(text), strict=True)
    )
    return _replaced(text, spoken, _SPOKEN)


def without_words(text: str) -> str:
    """The text without the words that `mask` has put in, as a post of the FAQ."""
    for word in WORDS:
        text = text.replace(word, "")
    return text.strip()


def _replaced(text: str, plain: str, kind: _Kind) -> str:
    """Replace what is found in `plain`, which has a character for each of the text's."""
    parts, end = [], 0
    for start, stop in _spans(plain, kind):
        parts += [text[end:start], kind.word]
        end = stop
    return "".join([*parts, text[end:]])


def _spans(plain: str, kind: _Kind) -> Iterator[tuple[int, int]]:
    position = 0
    while found := kind.pattern.search(plain, position):
        if kind.holds(found.group()):
            yield found.span("own" if "own" in kind.pattern.groupindex else 0)
            position = found.end()
        else:
            position = found.start() + 1  # another number may begin inside this one


def _plain(text: str) -> str:
    return "".join(map(_plain_character, text))


@lru_cache(maxsize=4096)
def _plain_character(char: str) -> str:
    """One ASCII character for digits, letters and marks of any width; a space for every space and invisible mark."""
    if "!" <= char <= "~":
        return char
    if (digit := unicodedata.decimal(char, None)) is not None:
        return str(digit)
    if char.isspace() or unicodedata.category(char) in ("Cf", "Cc"):
        return " "
    normal = unicodedata.normalize("NFKC", char)
    return _PLAIN.get(char) or (normal if len(normal) == 1 and normal.isascii() and normal.isalpha() else char)


def _digits(text: str) -> str:
    return re.sub(r"[^0-9Xx]", "", text).upper()


def _is_birth_date(digits: str) -> bool:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year >= 1850
    except ValueError:
        return False


def _is_id_card(found: str) -> bool:
    """A birth date, and the check digit of GB 11643; a number without gaps may have it mistyped.

    The place of birth is not looked up: a number of a county that a table does not know is personal all the same.
    """
    from stdnum.cn import ric

    number = _digits(found)
    if not _is_birth_date(number[6:14]):
        return False
    return len(found) == len(number) or number[-1] == ric.calc_check_digit(number)


def _is_old_id_card(found: str) -> bool:
    return _is_birth_date("19" + found[6:12])


def _is_bank_card(found: str) -> bool:
    """Luhn's checksum; 15 digits are American Express only."""
    from stdnum import luhn

    number = _digits(found)
    if len(number) == 15 and number[:2] not in ("34", "37"):
        return False
    return int(luhn.checksum(number)) == 0


def _is_mobile(found: str) -> bool:
    """Whether the marks between the digits are of one kind, as in no list of prices: 1.35,1.40,1.55,1.6."""
    marks = set(found) & set(_MARKS)
    return len(marks) < 2 or marks <= set("-.")


def _is_several(found: str) -> bool:
    """Whether digits without a gap are mobile numbers and ID cards, one behind the other."""
    ends = [0]
    for end in range(11, len(found) + 1):
        mobile, card = found[end - 11 : end], found[max(end - 18, 0) : end]
        if (end - 11 in ends and _MOBILE.fullmatch(mobile)) or (
            end - 18 in ends and _ID_CARD.fullmatch(card) and _is_id_card(card)
        ):
            ends.append(end)
    return ends[-1] == len(found)


def _is_number_of(*regions: str, toll_free: bool = False) -> Check:
    """Whether a number is assigned in one of the regions; with ``ZZ`` it has to bear the country's code."""

    def holds(found: str) -> bool:
        import phonenumbers

        for region in regions:
            try:
                number = phonenumbers.parse("+" + found[2:] if region == "ZZ" and found[:2] == "00" else found, region)
            except phonenumbers.NumberParseException:
                continue
            free = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.TOLL_FREE
            if phonenumbers.is_valid_number(number) and toll_free >= free:
                return True
        return False

    return holds


def _is_address(found: str) -> bool:
    try:
        ipaddress.ip_address(found)
    except ValueError:
        return False
    return True


def _run(count: int, gap: str = "[ -]?") -> str:
    return rf"(?:{gap}[0-9]){{{count}}}"


_APART = " .-/·_,"
_MARKS = _APART[1:]
_GAP = rf"[{re.escape(_APART)}]{{0,3}}"
_NEAR = "[ .-]{0,3}"
_TELEPHONE = ("电话", "座机", "固话", "手机", "电話", "電話", "致电", "联系", "聯絡")
_SAID = "|".join(
    [
        *(rf"(?<={word}{rest})" for word in _TELEPHONE for rest in ("", "号", "号码", "號碼")),
        *(rf"(?<={word})" for word in ("(?i:whatsapp)", "(?i:phone)", "(?i:tel)", "(?i:call)", "(?i:number is)")),
    ]
)
_CODE = rf"(?:(?:\+|00)?86{_NEAR})?"
_AREA = rf"(?:(?:\+|00)86{_NEAR}\(?0?|\(?0)(?:10|2[0-9]|[3-9][0-9]{{2}})"
_LOCAL = rf"[2-9]{_run(6, _NEAR)}(?:{_NEAR}[0-9])?(?:(?: ?转 ?| ?ext\.? ?|-)[0-9]{{1,6}})?"
_ID_CARD = re.compile(rf"(?<![0-9])[1-9]{_run(16)}[ -]?[0-9Xx](?![0-9])")
_MOBILE = re.compile(rf"(?<![0-9]){_CODE}1{_GAP}[3-9]{_run(9, _GAP)}(?![0-9])")
_PART = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IS = "[是为:=： ]{0,3}"
_NO_ID = "(?!(?i:android|iphone|windows|wechat|weixin|login|error)(?![A-Za-z0-9_-]))"
_ID_OF_WECHAT = rf"{_NO_ID}[A-Za-z][A-Za-z0-9_-]{{5,19}}(?![A-Za-z0-9_-])"
_KINDS = (
    _Kind(EMAIL, re.compile(r"[\w.%+-]{1,64} ?@ ?[A-Za-z0-9-]{1,63}(?:[.。][A-Za-z0-9-]{1,63}){1,8}", re.A)),
    _Kind(MOBILE, re.compile(r"(?<![0-9])[0-9]{22,54}(?![0-9])"), _is_several),
    _Kind(ID_CARD, _ID_CARD, _is_id_card),
    *(
        _Kind(BANK_CARD, re.compile(rf"(?<![0-9])[1-9]{_run(count)}(?![0-9])"), _is_bank_card)
        for count in (18, 17, 16, 15, 14)
    ),
    _Kind(ID_CARD, re.compile(r"(?<![0-9])[1-9][0-9]{14}(?![0-9])"), _is_old_id_card),
    _Kind(MOBILE, re.compile(rf"(?<![0-9+])\+(?!86)[1-9]{_run(9, _NEAR)}(?:{_NEAR}[0-9]){{0,5}}(?![0-9])")),
    _Kind(
        MOBILE,
        re.compile(rf"(?<![0-9+])00(?!86)[1-9]{_run(9, _NEAR)}(?:{_NEAR}[0-9]){{0,5}}(?![0-9])"),
        _is_number_of("ZZ"),
    ),
    _Kind(MOBILE, _MOBILE, _is_mobile),
    _Kind(LANDLINE, re.compile(rf"(?<![0-9]){_AREA}\)?{_NEAR}{_LOCAL}(?![0-9])")),
    _Kind(
        MOBILE, re.compile(r"(?<![0-9])\(?0[0-9]{1,3}\)?[ .-]?[0-9]{3,4}[ .-]?[0-9]{3,4}(?![0-9])"), _is_number_of("TW")
    ),
    _Kind(
        MOBILE,
        re.compile(r"(?<![0-9])(?:1[ .-])?\(?[2-9][0-9]{2}(?:\) ?|[ .-])[0-9]{3}[ .-][0-9]{4}(?![0-9])"),
        _is_number_of("US"),
    ),
    _Kind(LANDLINE, re.compile(rf"(?:{_SAID})[是为:： ]{{0,3}}{_LOCAL}(?![0-9])")),
    _Kind(
        ADDRESS,
        re.compile(rf"(?<![0-9A-Za-z.])(?<!版本)(?<!版本号)(?:{_PART}\.){{3}}{_PART}(?![0-9A-Za-z])(?!\.[0-9])"),
    ),
    _Kind(ADDRESS, re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{1,4}::?){2,7}[0-9A-Fa-f]{1,4}(?![\w:])", re.A), _is_address),
    _Kind(
        WECHAT,
        re.compile(
            r"(?:(?:微信|威信|薇信)(?:号|id|ID|账号)|(?i:(?<![a-z])(?:wechat|weixin|vx|wx)(?: ?id)?)[:=是]|"
            rf"加(?:我|个)?(?:微信|[vV][xX]?)|微信[:是]){_IS}(?P<own>{_ID_OF_WECHAT})"
        ),
    ),
    _Kind(QQ, re.compile(rf"(?i:(?<![a-z])qq|扣扣|企鹅)(?:号码|号)?{_IS}(?P<own>[1-9][0-9]{{4,10}})(?![0-9])")),
    _Kind(
        PASSWORD,
        re.compile(
            r"(?:密码|口令|验证码|(?i:(?<![a-z])(?:password|passwd|pwd|passcode)))"
            rf"(?:就?是|为|改成|设成|设置为|[:=]| is ){_IS}"
            r"(?P<own>(?=[A-Za-z]{0,40}[0-9!@#$%^&*_+.-])[!-Z\\^-~]{4,40})"
        ),
    ),
)
_SPOKEN = _Kind(MOBILE, re.compile(rf"(?<![0-9])1{_GAP}[3-9]{_run(9, _GAP)}(?![0-9])"), _is_mobile)
