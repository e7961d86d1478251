"""Check an export of CoSteer's ledger: python3 verify_ledger.py EXPORT [SEQUENCE:HASH] (see verify-ledger.md)"""

import hashlib
import json
import sys

LATER = ("format", "salt", "body_hash", "sent", "overhead_up", "overhead_down")


def sha256(value):
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def need(right, otherwise):
    if not right:
        sys.exit(f"NOT INTACT: {otherwise}")


def once(pairs):
    need(len(dict(pairs)) == len(pairs), "something stands twice, and a reader may see the other")
    return dict(pairs)


book, noted = json.load(open(sys.argv[1], encoding="utf-8"), object_pairs_hook=once), set(sys.argv[2:])  # noqa: SIM115
last, removed, begin, wordless, announced, before = None, (0, "0" * 64), None, set(), set(), ""
for e in book["entries"]:
    n, old, gone = e["sequence"], e.get("format", 1) == 1, e.get("format", 1) != 1 and e["salt"] is None
    begin, last = begin or (n - 1, e["previous"]), last or (n - 1, e["previous"])
    need(last == (n - 1, e["previous"]), f"entry {last[0] + 1} is missing or out of its place")
    fields = {name: e[name] for name in e if name not in (("hash", *LATER) if old else ("hash", "salt", "body"))}
    clean = all(e.get(name) is None for name in LATER[1:]) if old else e["body"] == "" or not gone
    words = old or gone or sha256([e["salt"], e["body"]]) == e["body_hash"]
    need(sha256(fields) == e["hash"] and words and clean, f"entry {n} was changed")
    last, noted = (n, e["hash"]), noted - {f"{n}:{e['hash']}"}
    wordless.update([n] if gone else [])
    if e["kind"] == "pruned":
        removed = tuple(json.loads(e["body"])[name] for name in ("through", "hash"))
        before += "" if json.loads(e["body"])["intact"] else " Of these some were not as they were written."
    for start, end in json.loads(e["body"])["entries"] if e["kind"] == "forgotten" else ():
        announced.update(range(max(start, begin[0] + 1), min(end, n) + 1))
need((begin or removed) == removed, f"entry {removed[0] + 1} is missing, and no entry says that it was removed")
need(wordless == announced, f"the words of entry {min(wordless ^ announced, default=0)} are not as announced")
end = tuple((book.get("head") or {}).get(name) for name in ("sequence", "hash"))
need(end == (last or removed) or book["format"] == "costeer-ledger-1", "the end is missing")
need(not noted, f"{noted} is not there as it was noted")
said = f"Intact: {len(book['entries'])} entries, {len(wordless)} without words; 1 to {removed[0]} were removed."
print(said + before)
