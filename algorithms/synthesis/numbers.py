"""English numbers in words, as a reader says them: cardinals, ordinals, years, digits one by one."""

from __future__ import annotations

ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"))
LARGEST = 10**15  # from here on digits are read one by one
IRREGULAR = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def cardinal(n: int) -> str:
    """Say a whole number: "one hundred twenty-five".

    Raises
    ------
    ValueError
        It is negative, or `LARGEST` or more.
    """
    if not 0 <= n < LARGEST:
        raise ValueError(f"Only numbers from 0 to {LARGEST - 1} have words here.")
    if n < 20:
        return ONES[n]
    if n < 100:
        return TENS[n // 10] + (f"-{ONES[n % 10]}" if n % 10 else "")
    if n < 1000:
        return f"{ONES[n // 100]} hundred" + (f" {cardinal(n % 100)}" if n % 100 else "")
    scale, name = next((s, name) for s, name in SCALES if n >= s)
    return f"{cardinal(n // scale)} {name}" + (f" {cardinal(n % scale)}" if n % scale else "")


def ordinal(n: int) -> str:
    """Say a place in a row: "twenty-first"."""
    head, mark, last = cardinal(n).replace("-", " - ").rpartition(" ")
    usual = (last[:-1] + "ie" if last.endswith("y") else last) + "th"
    last = IRREGULAR.get(last, usual)
    return f"{head}{mark}{last}".replace(" - ", "-")


def year(n: int) -> str:
    """Say a year: "nineteen eighty-four", "two thousand five", "nineteen oh five", "twenty twenty-six"."""
    if not 1000 <= n <= 9999 or 2000 <= n <= 2009 or n % 1000 == 0:
        return cardinal(n)
    first, rest = divmod(n, 100)
    if rest == 0:
        return f"{cardinal(first)} hundred"
    return f"{cardinal(first)} {'oh ' if rest < 10 else ''}{cardinal(rest)}"


def digits(text: str) -> str:
    """Say figures one by one: "five five zero"."""
    return " ".join(ONES[int(c)] for c in text if c.isdecimal())


def decimal(whole: str, fraction: str) -> str:
    """Say a number with a decimal point: "three point one four"."""
    return f"{number(whole)} point {digits(fraction)}"


def number(text: str) -> str:
    """Say a whole number that is written in figures, perhaps with commas; a very long one, or 007, digit by digit."""
    plain = text.replace(",", "")
    if int(plain) >= LARGEST or (len(plain) > 1 and plain.startswith("0")):
        return digits(plain)
    return cardinal(int(plain))
