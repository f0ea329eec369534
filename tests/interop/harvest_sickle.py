"""Sickle harvests everything."""

import harvest
import registry
from sickle import Sickle


class Client:
    def __init__(self):
        self.sickle = Sickle(registry.BASE + "/oai")

    def records(self, prefix):
        found = self.sickle.ListRecords(metadataPrefix=prefix)
        return {id_of(record.header): None if record.deleted else record.xml for record in found}

    def identifiers(self, prefix, **arguments):
        found = self.sickle.ListIdentifiers(metadataPrefix=prefix, **arguments)
        return {id_of(header): header.deleted for header in found}

    def sets(self):
        return [found.setSpec for found in self.sickle.ListSets()]


def id_of(header):
    return header.identifier.rsplit(":", 1)[1]


harvest.check(Client())
