"""Addresses, and names and passwords that are said to be such, in the forms in which people write them."""

from __future__ import annotations

import ipaddress
import re

from faq_component.usage.personal import ADDRESS, EMAIL, PASSWORD, QQ, WECHAT, Kind

# Before "at", these begin no address: "see you at example dot com".
_NO_NAMES_TEXT = """
    you me us them him her it i we they is are was were be been am here there look looking see meet arrive buy
    bought shop shopping order ordered available login log sign signed site page store work working works
    staff found find talk talks online hosted listed sold price register registered download read meeting
    meetings event events this that not only free live
"""
_NO_NAMES = frozenset(_NO_NAMES_TEXT.split())
# Behind "my password is", these are none.
_NO_PASSWORDS_TEXT = """
    wrong incorrect invalid expired rejected refused declined blocked locked lost forgotten missing weak
    strong long short required correct right okay fine safe secure unknown different leaked stolen hacked
    compromised changed reset working needed empty same accepted gone hidden visible denied disabled saved
    encrypted broken outdated where what when there here this that null none used known good mandatory
    optional case
"""
_NO_PASSWORDS = frozenset(_NO_PASSWORDS_TEXT.split())
# With a number behind them, these are products, protocols and files.
_PRODUCT = re.compile(
    r"(?i)(?:win(?:dows)?|ios|iphone|ipad|android|wi-?fi|office|mac(?:os)?|wpa|sha|aes|md|base|oauth|https?|ipv|mysql|v|"
    r"version|error|code|step|level|chapter|page|rule|policy)[-_ .]?[0-9.]{1,6}|0x[0-9a-f]{1,16}"
)
_SIGNS = "!@#$%^&*+="
_DIGITS_OF_PASSWORD = 6  # at least, where nothing but digits follows


def _is_address(found: str) -> bool:
    try:
        ipaddress.ip_address(found)
    except ValueError:
        return False
    return True


def _is_named(found: str) -> bool:
    return found.partition(" ")[0].lower() not in _NO_NAMES


def _is_password(found: str) -> bool:
    """Whether what follows "password" without "is" looks like one: letters with digits or signs, or many digits."""
    if "://" in found or found.lower().startswith("www.") or _PRODUCT.fullmatch(found):
        return False
    if found.isdecimal():
        return len(found) >= _DIGITS_OF_PASSWORD
    has_digit = any("0" <= char <= "9" for char in found)
    first_sign = min((place for place, char in enumerate(found) if char in _SIGNS), default=len(found))
    is_sign_inside = any(char.isalpha() for char in found[first_sign:])
    return any(char.isalpha() for char in found) and (has_digit or is_sign_inside)


def _is_no_state(found: str) -> bool:
    return found.lower() not in _NO_PASSWORDS


_LABEL = "[A-Za-z0-9-]{1,63}"
_LAST = "(?:com|cn|net|org|edu|gov|hk|tw|me|io|cc|info)"
_AT = r"(?: {0,2}[\[({<] ?(?:(?i:at|a)|@) ?[\])}>] {0,2}| ?(?:艾特|圈a) ?)"
_DOT = r"(?: ?[.。]| \. | {0,2}[\[({<] ?(?:(?i:dot)|\.|点) ?[\])}>] {0,2}| ?点 ?| (?i:dot) )"
EMAILS = (
    Kind(EMAIL, re.compile(rf"[\w.%+-]{{1,64}} ?@ ?{_LABEL}(?:{_DOT}{_LABEL}){{1,8}}", re.A)),
    Kind(EMAIL, re.compile(rf"(?<![\w.%+-])[\w.%+-]{{1,64}}{_AT}{_LABEL}(?:{_DOT}{_LABEL}){{1,8}}", re.A)),
    Kind(EMAIL, re.compile(rf"[\w.%+-]{{3,64}}#(?:{_LABEL}\.){{1,4}}{_LAST}(?![\w.-])", re.A)),
    Kind(
        EMAIL,
        re.compile(
            r"(?<![\w.%+-])[\w.%+-]{1,64}(?: (?i:dot) [\w-]{1,64}){0,3} (?i:at) "
            rf"{_LABEL}(?: (?i:dot) {_LABEL}){{0,3}} (?i:dot) (?:{_LAST}|[a-z]{{2}})(?![\w-])",
            re.A,
        ),
        _is_named,
    ),
    Kind(  # with "at" alone, a name has a digit or a mark inside, or is said to be an address
        EMAIL,
        re.compile(
            r"(?<![\w.%+-])(?P<own>(?!v[0-9])[A-Za-z]{1,40}[0-9._+-][\w.+-]{0,40} (?i:at) "
            rf"(?:{_LABEL}\.){{1,4}}{_LAST})(?![\w-])",
            re.A,
        ),
    ),
    Kind(
        EMAIL,
        re.compile(
            r"(?:(?i:mail)(?: (?i:address))?|(?i:write to)|邮箱|邮件地址)(?: (?i:is|me|to) |[ :=是为]{0,3})"
            rf"(?P<own>[\w.+-]{{2,64}} (?i:at) (?:{_LABEL}\.){{1,4}}{_LAST})(?![\w-])",
            re.A,
        ),
    ),
)

_PART = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
ADDRESSES = (
    Kind(
        ADDRESS,
        re.compile(rf"(?<![0-9A-Za-z.])(?<!版本)(?<!版本号)(?:{_PART}\.){{3}}{_PART}(?![0-9A-Za-z])(?!\.[0-9])"),
    ),
    Kind(ADDRESS, re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{1,4}::?){2,7}[0-9A-Fa-f]{1,4}(?![\w:])", re.A), _is_address),
)

_IS = "[是为:=： ]{0,3}"
_NO_ID = "(?!(?i:android|iphone|windows|wechat|weixin|login|error)(?![A-Za-z0-9_-]))"
_ID_OF_WECHAT = rf"{_NO_ID}[A-Za-z][A-Za-z0-9_-]{{5,19}}(?![A-Za-z0-9_-])"
_IN_ENGLISH = "(?i:(?<![a-z])(?:password|passwd|pwd|passcode|passphrase|pass|pswd?|pw|pin|otp))"
_IN_CHINESE = "(?:密码|口令|验证码|动态码|校验码)"
_SET = "(?:就?是|为|(?:改|设|换|设置|修改)(?:成|为)了?|[:=]| (?i:is|was|to) |'s )"
_KEYWORD = f"(?:{_IN_CHINESE}|{_IN_ENGLISH})"
_QUOTE = "[\"'“‘「『《]?"
_COUNTED = "位|个|字|次|天|分钟|小时|年|月|日|号|开头|(?i:char|letter|digit|time|day|minute|attempt)"
CREDENTIALS = (
    Kind(
        WECHAT,
        re.compile(
            r"(?:(?:微信|威信|薇信)(?:号|id|ID|账号)|(?i:(?<![a-z])(?:wechat|weixin|vx|wx)(?: ?id)?)[:=是]|"
            rf"加(?:我|个)?(?:微信|[vV][xX]?)|微信[:是]){_IS}(?P<own>{_ID_OF_WECHAT})"
        ),
    ),
    Kind(
        QQ,
        re.compile(
            rf"(?i:(?<![a-z])qq|扣扣|企鹅)(?:号码|号)?{_IS}"
            r"(?P<own>[1-9](?:[0-9]{4,10}|[0-9]{1,3}(?:[ -][0-9]{3,4}){1,2}))(?![0-9])"
        ),
    ),
    Kind(
        PASSWORD,
        re.compile(
            rf"{_KEYWORD}(?: ?(?i:code|码))?{_SET}{_IS}{_QUOTE}"
            r"(?P<own>(?=[A-Za-z]{0,40}[0-9!@#$%^&*_+.-])[!-Z\\^-~]{4,40})"
        ),
    ),
    Kind(  # letters alone, at the end of what is said
        PASSWORD,
        re.compile(
            rf"(?:(?i:(?<![a-z])(?:my|the) (?:password|passwd|pwd|passcode|passphrase))(?: (?i:is|was) |'s |[:=] ?)|"
            rf"密码{_SET} ?|{_IN_ENGLISH}[:=] ?){_QUOTE}(?P<own>[A-Za-z]{{4,40}})"
            r"(?= ?(?:$|[.,!;，。！；\"'”’」』》]| (?i:and|but) ))"
        ),
        _is_no_state,
    ),
    Kind(  # without a word between
        PASSWORD,
        re.compile(
            rf"(?:{_IN_CHINESE}[ ,，]{{0,3}}|{_IN_ENGLISH}[ ,]{{1,3}}){_QUOTE}"
            rf"(?P<own>[!-Z\\^-~]{{4,40}})(?![!-Z\\^-~])(?! ?(?:{_COUNTED}))"
        ),
        _is_password,
    ),
    Kind(
        PASSWORD,
        re.compile(rf"(?:验证码|动态码|校验码|短信码) ?(?P<own>[0-9]{{4,5}})(?![!-Z\\^-~])(?! ?(?:{_COUNTED}))"),
    ),
)
