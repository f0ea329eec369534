"""aics-tlog verifies the log."""

import aics_tlog
import log


class Client:
    def open(self, note, key):
        result = aics_tlog.verify_checkpoint(aics_tlog.parse_note(note), aics_tlog.parse_vkey(key))
        return {"size": result.size, "root": result.root} if result.ok else None

    def included(self, entry, position, size, path, root):
        return aics_tlog.verify_leaf_inclusion(entry, position, size, path, root)

    def consistent(self, old, new, path):
        return aics_tlog.verify_consistency(old["size"], new["size"], old["root"], new["root"], path)

    def root_from_tiles(self, seen):
        # Every tile and every entry is read and hashed.
        aics_tlog.audit_tiles(tiles(), seen["size"], seen["root"])
        return aics_tlog.tree_root_from_tiles(tiles(), seen["size"])

    def entry_from_tiles(self, seen, position):
        return aics_tlog.read_entry(verified(seen), position, seen["size"])

    def consistency_from_tiles(self, old, new):
        return aics_tlog.consistency_proof_from_tiles(verified(new), old["size"], new["size"])


def tiles():
    return aics_tlog.HttpTileReader(log.BASE)


def verified(seen):
    return aics_tlog.VerifiedTileReader(tiles(), seen["size"], seen["root"])


log.check(Client())
