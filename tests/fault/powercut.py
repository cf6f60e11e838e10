# powercut.py - a folder under powercut.so, and what a power cut leaves of it: the journal played back with a seed.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""What a disk owes its user, as POSIX and journaling file systems promise it:
- what was written to a file before its last sync began is there;
- of what was written later, each sector of 512 bytes has any of the contents it had since, independently of the
  others, and the file any of the sizes;
- names made, changed or removed since the last sync of the folder come in order, as far as they came; a file without
  a name is lost."""
import mmap
import os
import pathlib
import random
import shutil
import struct

SECTOR = 512
MAGIC = 0x54554370
RECORD = struct.Struct("=IIQQQQ")
CONTROL = struct.Struct("=IIIIIxxxxQ")
OPEN, CREATE, WRITE, SIZE, SHORT, SYNC, SYNC_FAILED, SYNC_DROPPED, FOLDER_SYNC, RENAME, UNLINK = range(1, 12)
# Shared memory of SQLite: mapped, never synced, and rebuilt by it after a crash whatever it holds.
VOLATILE = "-shm"
MODES = ("any", "any", "any", "prefix", "prefix", "none", "all")

TREE = pathlib.Path(__file__).parents[2]
LIBRARY = pathlib.Path(os.environ.get("IPAM_BUILD", TREE / "build")) / "tests" / "fault" / ".libs" / "powercut.so"


class Missed(Exception):
    """Something changed the folder that the journal does not tell: the simulation would prove nothing."""


class Record:
    def __init__(self, kind, file, offset, upto, data):
        self.kind, self.file, self.offset, self.upto, self.data = kind, file, offset, upto, data

    def apply(self, content):
        """Does a WRITE or SIZE to a bytearray; returns the sectors it touched."""
        size = len(content)
        if self.kind == SIZE:
            first, last = sorted((size, self.offset))
            del content[self.offset:]
            content.extend(bytes(self.offset - len(content)))
        else:
            first, last = min(size, self.offset), self.offset + len(self.data)
            content.extend(bytes(max(0, self.offset - size)))
            content[self.offset:self.offset + len(self.data)] = self.data
        return range(first // SECTOR, -(-last // SECTOR))


def read_journal(path):
    """All records; None stands for one without effect, so that places stay numbers. One that is cut off is left out."""
    raw = path.read_bytes() if path.exists() else b""
    records, at = [], 0
    while at + RECORD.size <= len(raw):
        magic, kind, file, offset, length, upto = RECORD.unpack_from(raw, at)
        if magic != MAGIC:
            raise Missed(f"{path}: no record at byte {at}")
        at += RECORD.size
        if at + length > len(raw):
            break
        records.append(Record(kind, file, offset, upto, raw[at:at + length]))
        at += length
        if kind == SHORT:
            shorten(records, offset)
    return records


def shorten(records, done):
    records[-1] = None
    if records[-2].kind == WRITE:
        records[-2].data = records[-2].data[:done]
    else:
        records[-2] = None


class File:
    """One file: what is durable of it, what was done to it since, and what the running program sees."""

    def __init__(self, content=b""):
        self.durable, self.now, self.pending = bytearray(content), bytearray(content), []

    def change(self, place, record):
        self.pending.append((place, record))
        record.apply(self.now)

    def sync(self, upto):
        for place, record in self.pending:
            if place < upto:
                record.apply(self.durable)
        self.pending = [p for p in self.pending if p[0] >= upto]

    def sync_failed(self, upto, rng):
        """The kernel forgets what it could not write: what the disk has of it by accident stays, until written again."""
        later = [p for p in self.pending if p[0] >= upto]
        self.pending = [p for p in self.pending if p[0] < upto]
        self.durable = bytearray(self.left(rng.choice(("none", "any", "prefix")), upto, rng))
        self.pending = later

    def any_sectors(self, rng):
        """Each sector has any of its contents since the last sync. A bias makes cuts that lose little, or nearly all."""
        seen, sizes, content = {}, [len(self.durable)], bytearray(self.durable)
        for _, record in self.pending:
            for sector in record.apply(content):
                seen.setdefault(sector, []).append(content[sector * SECTOR:(sector + 1) * SECTOR])
            sizes.append(len(content))
        kept = rng.choice((0.1, 0.5, 0.9))
        left = bytearray(self.durable)
        size = sizes[-1] if rng.random() < 0.5 else rng.choice(sizes)
        left.extend(bytes(max(0, size - len(left))))
        for sector, contents in seen.items():
            if rng.random() < kept:
                part = contents[-1] if rng.random() < 0.7 else rng.choice(contents)
                at = sector * SECTOR
                left.extend(bytes(max(0, at + SECTOR - len(left))))
                left[at:at + SECTOR] = part.ljust(SECTOR, b"\0")
        left.extend(bytes(max(0, size - len(left))))
        del left[size:]
        return left

    def until(self, moment, rng):
        """All that was done before a moment, the last of it torn."""
        left = bytearray(self.durable)
        done = [record for place, record in self.pending if place < moment]
        for record in done[:-1]:
            record.apply(left)
        if done:
            before = bytearray(left)
            for sector in done[-1].apply(left):
                if rng.random() < 0.5:
                    at = sector * SECTOR
                    left[at:at + SECTOR] = before[at:at + SECTOR].ljust(len(left[at:at + SECTOR]), b"\0")
        return left

    def left(self, mode, moment, rng):
        return {"none": lambda: self.durable, "all": lambda: self.now, "any": lambda: self.any_sectors(rng),
                "prefix": lambda: self.until(moment, rng)}[mode]()


class Playback:
    """The folder as the journal tells it."""

    def __init__(self, base, rng):
        self.rng = rng
        self.names = {p.name: File(p.read_bytes()) for p in base.iterdir() if p.is_file()}
        self.durable_names, self.pending_names, self.files = dict(self.names), [], {}
        self.dropped = self.failed = 0

    def play(self, place, record):
        file = self.files.get(record.file)
        name = os.fsdecode(record.data) if record.kind in (OPEN, CREATE, RENAME, UNLINK) else ""
        if record.kind == OPEN:
            if name not in self.names:
                raise Missed(f"{name} was opened, and nothing tells how it was made")
            self.files[record.file] = self.names[name]
        elif record.kind == CREATE:
            self.files[record.file] = File()
            self._name(place, {name: self.files[record.file]})
        elif record.kind == RENAME:
            old, new = name.split("\0")
            self._name(place, {old: None, new: self.names[old]})
        elif record.kind == UNLINK:
            self._name(place, {name: None})
        elif record.kind in (WRITE, SIZE):
            file.change(place, record)
        elif record.kind == SYNC:
            file.sync(record.upto)
        elif record.kind == SYNC_FAILED:
            file.sync_failed(record.upto, self.rng)
            self.failed += 1
        elif record.kind == SYNC_DROPPED:
            self.dropped += 1
        elif record.kind == FOLDER_SYNC:
            self.pending_names = _settle(self.durable_names, self.pending_names, record.upto)

    def _name(self, place, change):
        self.pending_names.append((place, change))
        _rename(self.names, change)

    def seen(self):
        return {name: bytes(file.now) for name, file in self.names.items() if not name.endswith(VOLATILE)}

    def left(self, mode, moment):
        """Name to content after the cut."""
        names = dict(self.durable_names)
        upto = {"none": 0, "all": moment, "prefix": moment}.get(mode)
        if upto is None:
            upto = self.rng.choice([0, *(place + 1 for place, _ in self.pending_names)])
        _settle(names, self.pending_names, upto)
        out = {n: bytes(f.left(mode, moment, self.rng)) for n, f in sorted(names.items()) if not n.endswith(VOLATILE)}
        for name in [n for n in names if n.endswith(VOLATILE)]:
            if self.rng.random() < 0.5:
                out[name] = self.rng.randbytes(32768)
        return out


def _rename(names, change):
    for name, file in change.items():
        if file is None:
            names.pop(name, None)
        else:
            names[name] = file


def _settle(names, pending, upto):
    for place, change in pending:
        if place < upto:
            _rename(names, change)
    return [p for p in pending if p[0] >= upto]


def agrees(real, before, after, last):
    """Whether a file is as the journal says, where the last record may be done, half done or not done."""
    if real in (before, after) or (real == b"" and before is None):
        return True
    if real is None or after is None or last is None or last.kind != WRITE:
        return False
    end = last.offset + len(last.data)
    return real[:last.offset] == after[:last.offset] and real[end:] == after[end:][:len(real)] and len(real) <= len(after)


class Folder:
    """A folder whose power can be cut. `scratch` is a folder elsewhere, for the journal and the state before."""

    def __init__(self, folder, scratch, suffix="-wal", delay_us=0):
        self.path, self.scratch, self.suffix = pathlib.Path(folder), pathlib.Path(scratch), suffix
        self.scratch.mkdir(parents=True, exist_ok=True)
        self.base, self.journal, self.control = self.scratch / "base", self.scratch / "journal", self.scratch / "control"
        self.control.write_bytes(bytes(CONTROL.size))
        with open(self.control, "r+b") as f:
            self._shared = mmap.mmap(f.fileno(), CONTROL.size)
        self.delay_us = delay_us
        self.told = ""

    @property
    def env(self):
        """The environment of a program whose power can be cut."""
        return {"LD_PRELOAD": str(LIBRARY), "POWERCUT_FOLDER": str(self.path), "POWERCUT_JOURNAL": str(self.journal),
                "POWERCUT_CONTROL": str(self.control), "POWERCUT_SUFFIX": self.suffix}

    def begin(self):
        """Takes the folder as durable, for the next program that uses it; returns the environment."""
        if not LIBRARY.exists():
            raise FileNotFoundError(f"{LIBRARY}: not built; run make check, or set IPAM_BUILD to the build folder")
        shutil.rmtree(self.base, ignore_errors=True)
        self.base.mkdir()
        for path in self.path.iterdir():
            if path.is_file():
                shutil.copyfile(path, self.base / path.name)
        self.journal.unlink(missing_ok=True)
        CONTROL.pack_into(self._shared, 0, self.delay_us, 0, 0, 0, 0, 0)
        return self.env

    def drop_sync(self, n=1):
        """The n-th sync from now is acknowledged and not done; the one after it waits for the power to go."""
        struct.pack_into("=I", self._shared, 4, n)

    def fail_sync(self, n=1):
        """The n-th sync from now fails with EIO."""
        struct.pack_into("=I", self._shared, 8, n)

    def crash_at_write(self, n=1):
        """The program dies at the n-th write from now to a file without the suffix."""
        struct.pack_into("=I", self._shared, 12, n)

    def slow(self, delay_us):
        """From now on a sync takes so long."""
        struct.pack_into("=I", self._shared, 0, delay_us)

    @property
    def syncs(self):
        return struct.unpack_from("=I", self._shared, 16)[0]

    @property
    def fired(self):
        """When the sync was dropped or failed, or the crash came, on the clock of time.monotonic(); None before."""
        ns = struct.unpack_from("=Q", self._shared, 24)[0]
        return ns / 1e9 if ns else None

    def play(self, rng):
        """Plays the journal; raises Missed unless it explains every byte of the folder."""
        playback, before = Playback(self.base, rng), None
        records = read_journal(self.journal)
        for place, record in enumerate(records):
            if place == len(records) - 1:
                before = playback.seen()
            if record is not None:
                playback.play(place, record)
        after = playback.seen()
        real = {p.name: p.read_bytes() for p in self.path.iterdir()
                if p.is_file() and not p.name.endswith(VOLATILE)}
        for name in {*real, *after, *(before or {})}:
            last = records[-1] if records else None
            if not agrees(real.get(name), (before or after).get(name), after.get(name), last):
                raise Missed(f"{name} is not what the journal tells")
        return playback, len(records)

    def cut(self, seed, mode=None):
        """The power goes: leaves in the folder what the seed says. The program that used it must be dead."""
        rng = random.Random(seed)
        playback, count = self.play(rng)
        mode = mode or rng.choice(MODES)
        places = [p for f in {id(f): f for f in playback.files.values()}.values() for p, _ in f.pending]
        moment = count if mode != "prefix" or not places else rng.randint(min(places), max(places) + 1)
        left = playback.left(mode, moment)
        for path in self.path.iterdir():
            if path.is_file():
                path.unlink()
        for name, content in left.items():
            (self.path / name).write_bytes(content)
            (self.path / name).chmod(0o600)
        self.told = f"seed {seed}, mode {mode}: {count} records, {len(places)} of them not synced"
        return playback
