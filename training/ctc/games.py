"""Unpack the actors' speech, and their lines, of three games in Debian's main section into folders of sound files.

    apt-get download flight-of-the-amazon-queen beneath-a-steel-sky drascula   # or install them
    dpkg -x FILE.deb FOLDER
    python -m training.ctc.games --queen FOLDER/usr/share/scummvm/flight-of-the-amazon-queen/queen.1c --out queen
    python -m training.ctc.games --sky FOLDER/usr/share/scummvm/beneath-a-steel-sky --out sky
    python -m training.ctc.games --drascula FOLDER/usr/share/scummvm/drascula/en --out drascula

About 6 hours of real voices, British, American and (in Drascula) with Spanish accents, men and women. The licences
allow use, change and redistribution without charge for the game itself; the recordings are used for training only and
no part of them is shipped. The lines of two games go to `OUT/lines.txt`, where `training/ctc/corpus.py` looks up what
Whisper heard. The formats are those that ScummVM reads (`resource.cpp` and `talk.cpp` in `engines/queen`, `disk.cpp`
and `rnc_deco.cpp` in `engines/sky`, `sound.cpp` in `engines/drascula`).
"""

import argparse
import re
import struct
from pathlib import Path

import numpy as np


def spoken_lines(data: bytes) -> set[str]:
    """Printable strings in `data`, cut at the games' stage directions, each piece being one recording.

    Before a string stands its length, which may look like a letter or two, so each string is there as it is, without
    its first character and without two: of these the one nearest to what was heard is right. A direction is an
    asterisk and two characters, as `*03` or `*XY00(237,112)`.
    """
    lines = set()
    for match in re.finditer(r"[\x20-\x7e]{2,}", data.decode("latin-1")):
        for skip in range(3):
            lines.update(piece.strip() for piece in re.split(r"\*[0-9A-Z]{2}(?:\d\d\(\d+,\d+\))?", match[0][skip:]))
    return {line for line in lines if re.search("[A-Za-z]{2}", line)}


def unpack_queen(archive: Path, out: Path) -> int:
    """Copy the MP3 of every speech entry (`.SB`, named for dialogue lines) of `queen.1c`; returns how many."""
    data = archive.read_bytes()
    if data[:4] != b"QTBL" or data[12] != 1:  # 1: the entries are compressed as MP3
        raise ValueError("This is not a queen.1c with a table and MP3 speech; use the file of Debian's package.")
    written, lines = 0, set()
    for entry in range(struct.unpack(">H", data[13:15])[0]):
        name, _, offset, size = struct.unpack(">12sBII", data[15 + 21 * entry : 36 + 21 * entry])
        name = name.rstrip(b"\0").decode()
        if name.endswith(".SB"):
            (out / name.replace(".SB", ".mp3")).write_bytes(data[offset : offset + size])
            written += 1
        elif name.endswith((".DOG", ".CUT", ".JAS")):  # dialogues, scenes, what Joe says of things
            lines |= spoken_lines(data[offset : offset + size])
    (out / "lines.txt").write_text("".join(f"{line}\n" for line in sorted(lines)))
    return written


def unpack_drascula(folder: Path, out: Path) -> int:
    """Write every speech file (`.ALS`, unsigned bytes at 11,025 Hz) as WAV; returns how many."""
    import soundfile

    written = 0
    for path in sorted(folder.glob("*.ALS")):
        pcm = np.frombuffer(path.read_bytes(), np.uint8).astype(np.float32) / 128 - 1
        soundfile.write(out / f"{path.stem}.wav", pcm, 11025)
        written += 1
    lines = spoken_lines((folder / "drascula.dat").read_bytes())
    (out / "lines.txt").write_text("".join(f"{line}\n" for line in sorted(lines)))
    return written


def unpack_rnc(packed: bytes) -> bytes:
    """Undo Rob Northen compression, method 1 (Huffman-coded LZ77), as ScummVM's `RncDecoder::unpackM1` does."""
    if packed[:4] != b"RNC\x01":
        raise ValueError("These bytes are not an RNC method 1 block, so they can't be unpacked.")
    size = struct.unpack(">I", packed[4:8])[0]
    source, position, buffer, count = packed + b"\0\0\0\0", 18, 0, 0
    out = bytearray()

    def bits(n: int) -> int:
        nonlocal buffer, count, position
        if count < n:
            buffer |= (source[position] | source[position + 1] << 8) << count
            position, count = position + 2, count + 16
        value = buffer & ((1 << n) - 1)
        buffer, count = buffer >> n, count - n
        return value

    def table() -> dict[tuple[int, int], int]:
        lengths = [bits(4) for _ in range(bits(5))]
        codes, code = {}, 0
        for length in range(1, 17):
            for symbol, its in enumerate(lengths):
                if its == length:
                    codes[length, int(f"{code >> (16 - length):0{length}b}"[::-1], 2)] = symbol
                    code += 1 << (16 - length)
        return codes

    def value(codes: dict[tuple[int, int], int]) -> int:
        word = 0
        for length in range(1, 17):
            word |= bits(1) << (length - 1)
            if (length, word) in codes:
                symbol = codes[length, word]
                return symbol if symbol < 2 else bits(symbol - 1) | 1 << (symbol - 1)
        raise ValueError("This RNC block is damaged: a code is in none of its tables.")

    bits(2)
    while len(out) < size:
        raw, distance, length = table(), table(), table()
        rounds = bits(16)
        while rounds:
            run = value(raw)
            if run:
                out += source[position : position + run]
                position += run
            rounds -= 1
            if rounds:
                back = value(distance) + 1
                for _ in range(value(length) + 2):
                    out.append(out[-back])
    return bytes(out)


def unpack_sky(folder: Path, out: Path) -> int:
    """Write every speech file (number 50000 up) of `sky.dsk` as 11,025 Hz WAV; returns how many."""
    import soundfile

    index, disk = (folder / "sky.dnr").read_bytes(), (folder / "sky.dsk").read_bytes()
    written = 0
    for entry in range(struct.unpack("<I", index[:4])[0]):
        row = index[4 + 8 * entry : 12 + 8 * entry]
        number, size = struct.unpack("<H", row[:2])[0], int.from_bytes(row[5:8], "little")
        offset = int.from_bytes(row[2:6], "little") & 0xFFFFFF
        offset = (offset & 0x7FFFFF) * (16 if offset & 0x800000 else 1)
        if number < 50000 or size & 0x800000 or (out / f"{number}.wav").exists():
            continue
        data = disk[offset : offset + (size & 0x3FFFFF)]
        packed = data[22:] if data[22:26] == b"RNC\x01" else data  # a 22-byte header stands before the packed block
        if packed is data:
            continue
        pcm = np.frombuffer(unpack_rnc(packed), np.uint8).astype(np.float32) / 128 - 1
        soundfile.write(out / f"{number}.wav", pcm, 11025)
        written += 1
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queen", type=Path, help="the file queen.1c")
    parser.add_argument("--sky", type=Path, help="the folder of sky.dnr and sky.dsk")
    parser.add_argument("--drascula", type=Path, help="the folder of drascula.dat and *.ALS")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    if args.queen:
        print(unpack_queen(args.queen, args.out), "files from", args.queen)
    if args.sky:
        print(unpack_sky(args.sky, args.out), "files from", args.sky)
    if args.drascula:
        print(unpack_drascula(args.drascula, args.out), "files from", args.drascula)


if __name__ == "__main__":
    main()
