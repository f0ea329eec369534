"""What every verifier must find in the log, whichever it is, and what it must refuse."""

import base64

import registry

BASE = registry.BASE + "/log"


def check(client) -> None:
    """Checkpoint, tiles and proofs, before and after the log has grown."""
    key = registry.verifier_key()
    old = see(client, key)
    live = [entry for entry in registry.catalogue().values() if not entry["withdrawn"]]
    registry.bulk([registry.change(entry) for entry in live[:300]])
    new = see(client, key)
    assert new["size"] > old["size"]

    first, second = old["size"], new["size"]
    told = registry.fetch_json(f"/v1/log/proofs/consistency?from={first}&to={second}")
    assert client.open(told["checkpoint"], key) == new
    path = decoded(told["consistency"])
    assert client.consistent(old, new, path)
    assert path == client.consistency_from_tiles(old, new)
    rewritten = {**old, "root": flipped(old["root"])}
    assert not client.consistent(rewritten, new, path), "another past was believed"
    print(f"{second} leaves, consistent with the {first} there were")


def see(client, key: str) -> dict:
    """The log's newest state, once all of it is verified."""
    note = registry.checkpoint()
    seen = client.open(note, key)
    assert seen is not None, "the checkpoint does not verify"
    assert client.open(forged(note), key) is None, "a forged checkpoint was believed"
    size, root = seen["size"], seen["root"]
    assert client.root_from_tiles(seen) == root
    for position in sorted({0, 1, 255, 256, 511, 512, size - 2, size - 1}):
        entry = envelope(position)
        assert client.entry_from_tiles(seen, position) == entry
        told = registry.fetch_json(f"/v1/log/proofs/inclusion?position={position}&size={size}")
        assert client.open(told["checkpoint"], key) == seen
        assert (told["leaf_index"], told["tree_size"]) == (position, size)
        path = decoded(told["audit_path"])
        assert client.included(entry, position, size, path, root)
        assert not client.included(entry + b" ", position, size, path, root), "another entry was believed"
        assert not client.included(entry, position, size, path, flipped(root)), "another root was believed"
    return seen


def envelope(position: int) -> bytes:
    page = registry.fetch_json(f"/v1/log/entries?from={position}&to={position + 1}")
    [item] = [item for item in page["items"] if item["position"] == position]
    return base64.b64decode(item["envelope"])


def decoded(hashes: list[str]) -> list[bytes]:
    return [base64.b64decode(hash) for hash in hashes]


def flipped(hash: bytes) -> bytes:
    return bytes([hash[0] ^ 1]) + hash[1:]


def forged(note: str) -> str:
    """The same signature under one leaf more."""
    origin, size, rest = note.split("\n", 2)
    return f"{origin}\n{int(size) + 1}\n{rest}"
