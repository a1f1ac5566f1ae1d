"""Numbers of cards and telephones, in the forms in which people write them."""

from __future__ import annotations

import re
from datetime import date

from faq_component.usage.personal import BANK_CARD, ID_CARD, LANDLINE, MOBILE, Check, Kind

APART = " .-/·_,()[]{}|~"  # what may be between the digits of a number
_MARKS = APART[1:]
_ANGLED = "()[]{}"
_CARD_GROUP = 4  # digits; cards are written in groups of as many or more, or digit by digit
_CARDS_ISSUED = "3456"  # first digits


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


def _is_divided_card(found: str) -> bool:
    """Whether groups of digits are a bank card: the same mark between all, and no price or date among them."""
    gaps = {gap.replace(" ", "") or " " for gap in re.findall("[^0-9]+", found)}
    groups = re.findall("[0-9]+", found)
    are_groups = all(len(group) >= _CARD_GROUP for group in groups[:-1]) or all(len(group) == 1 for group in groups)
    return len(gaps) == 1 and are_groups and found[0] in _CARDS_ISSUED and _is_bank_card(found)


def _is_mobile(found: str) -> bool:
    """Whether the marks between the digits are of one kind, as in no list of prices: 1.35,1.40,1.55,1.6."""
    marks = set(found) & set(_MARKS) - set(_ANGLED)
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


def _is_in_words(found: str) -> bool:
    """Whether English digits are a mobile number of China, or a number of the USA."""
    number = "".join(str(_ENGLISH[word.lower()]) for word in re.findall("[A-Za-z]+", found))
    return _MOBILE.fullmatch(number) is not None or (len(number) == 10 and _is_number_of("US")(number))


def _run(count: int, gap: str = "[ -]?") -> str:
    return rf"(?:{gap}[0-9]){{{count}}}"


_GAP = rf"[{re.escape(APART)}]{{0,3}}"
_NEAR = "[ .-]{0,3}"
_CARD_GAP = "[ ./·_|~-]{0,3}"
_DIGIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_ENGLISH = {word: value for value, word in enumerate(_DIGIT_WORDS)} | {"oh": 0}
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
_ID_CARD = re.compile(rf"(?<![0-9])[1-9]{_run(16, _CARD_GAP)}{_CARD_GAP}[0-9Xx](?![0-9])")
_MOBILE = re.compile(rf"(?<![0-9]){_CODE}(?:\((?=1[0-9]{{2}}\)))?1{_GAP}[3-9]{_run(9, _GAP)}(?![0-9])")
_LENGTHS_OF_CARDS = (18, 17, 16, 15, 14)  # behind the first digit
_CARDS = (
    *(
        Kind(BANK_CARD, re.compile(rf"(?<![0-9])[1-9]{_run(count)}(?![0-9])"), _is_bank_card)
        for count in _LENGTHS_OF_CARDS
    ),
    *(
        Kind(BANK_CARD, re.compile(rf"(?<![0-9])[3-6]{_run(count, _CARD_GAP)}(?![0-9])"), _is_divided_card)
        for count in _LENGTHS_OF_CARDS
    ),
)
NUMBERS = (
    Kind(MOBILE, re.compile(r"(?<![0-9])[0-9]{22,54}(?![0-9])"), _is_several),
    Kind(ID_CARD, _ID_CARD, _is_id_card),
    *_CARDS,
    Kind(ID_CARD, re.compile(r"(?<![0-9])[1-9][0-9]{14}(?![0-9])"), _is_old_id_card),
    Kind(MOBILE, re.compile(rf"(?<![0-9+])\+(?!86)[1-9]{_run(9, _NEAR)}(?:{_NEAR}[0-9]){{0,5}}(?![0-9])")),
    Kind(
        MOBILE,
        re.compile(rf"(?<![0-9+])00(?!86)[1-9]{_run(9, _NEAR)}(?:{_NEAR}[0-9]){{0,5}}(?![0-9])"),
        _is_number_of("ZZ"),
    ),
    Kind(MOBILE, _MOBILE, _is_mobile),
    Kind(LANDLINE, re.compile(rf"(?<![0-9]){_AREA}\)?{_NEAR}{_LOCAL}(?![0-9])")),
    Kind(
        MOBILE, re.compile(r"(?<![0-9])\(?0[0-9]{1,3}\)?[ .-]?[0-9]{3,4}[ .-]?[0-9]{3,4}(?![0-9])"), _is_number_of("TW")
    ),
    Kind(
        MOBILE,
        re.compile(r"(?<![0-9])(?:1[ .-])?\(?[2-9][0-9]{2}(?:\) ?|[ .-])[0-9]{3}[ .-][0-9]{4}(?![0-9])"),
        _is_number_of("US"),
    ),
    Kind(LANDLINE, re.compile(rf"(?:{_SAID})[是为:： ]{{0,3}}{_LOCAL}(?![0-9])")),
    Kind(
        MOBILE,
        re.compile(rf"(?i)(?<![a-z])(?:{'|'.join(_ENGLISH)})(?:[ ,-]{{1,3}}(?:{'|'.join(_ENGLISH)})){{9,12}}(?![a-z])"),
        _is_in_words,
    ),
)
SPOKEN = (Kind(ID_CARD, _ID_CARD, _is_id_card), *_CARDS, Kind(MOBILE, _MOBILE, _is_mobile))
