"""Which encoding bytes of text are in: by their byte-order mark, or by where their zeros stand."""

from __future__ import annotations

import codecs

PERHAPS_UTF_16 = "it may be UTF-16: try --encoding utf-16-le, or save it as UTF-8"

_BYTE_ORDER_MARKS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# UTF-16 without a mark: its codec, where the bytes of ASCII's letters stand, and its line feed.
_UNMARKED = (("utf-16-le", 0, b"\n\0"), ("utf-16-be", 1, b"\0\n"))
_LINE_FEED = 0x0A
_BLANK = 0x20  # the bytes below it are none of a letter


def encoding_of(sample: bytes, given: str | None, *, whole: bool) -> tuple[str, int]:
    """The encoding of a text, and how many bytes of marks come before it.

    Args:
        sample: its first bytes.
        given: the encoding that the user named; None for UTF-8, or what the bytes tell.
        whole: whether the sample is all of it.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if sample.startswith(mark) and given in (None, encoding):
            if encoding == "utf-32" and not _is_in(sample, encoding, whole):
                continue  # UTF-16 that begins with a NUL
            # The codecs of UTF-16 and UTF-32 need their marks, to know the order of bytes.
            return encoding, len(mark) if encoding == "utf-8" else 0
    return given or _unmarked_utf_16(sample, whole) or "utf-8", 0


def has_many_nuls(sample: bytes) -> bool:
    """Whether more than a quarter of the bytes are zero, as in no text that is UTF-8."""
    return 4 * sample.count(0) > len(sample)


def _unmarked_utf_16(sample: bytes, whole: bool) -> str | None:
    """The UTF-16 that bytes without a byte-order mark are in, if they are.

    ASCII's letters, blanks and line feeds have a zero on the same side in all of the text. A stray
    zero in another encoding does not make UTF-16: there the line feeds have none, or, in a text
    of one line, less than a quarter of the bytes are zero. Also, the bytes are not UTF-8, or on
    the side of the zeros most of them are none of a letter, as in all scripts but those of East
    Asia, of which the bytes are not UTF-8.
    """
    for encoding, letters, line_end in _UNMARKED:
        high = sample[1 - letters :: 2]
        if not high.count(0) or sample[letters::2].count(0):
            continue
        if b"\n" in sample:
            ends = sum(
                sample.startswith(line_end, i - letters)
                for i in range(letters, len(sample), 2)
                if sample[i] == _LINE_FEED
            )
            fits = 2 * ends > sample.count(b"\n")
        else:
            fits = has_many_nuls(sample)
        few_letters = 2 * sum(byte < _BLANK for byte in high) >= len(high)
        fits = fits and (few_letters or not _is_in(sample, "utf-8", whole))
        if fits and _is_in(sample, encoding, whole):
            return encoding
    return None


def _is_in(sample: bytes, encoding: str, whole: bool) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(sample, whole)
    except UnicodeDecodeError:
        return False
    return True
