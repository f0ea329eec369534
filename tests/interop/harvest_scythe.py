"""oaipmh-scythe harvests everything."""

import harvest
import registry
from oaipmh_scythe import Scythe


class Client:
    def __init__(self):
        self.scythe = Scythe(registry.BASE + "/oai")

    def records(self, prefix):
        found = self.scythe.list_records(metadata_prefix=prefix)
        return {id_of(record.header): None if record.deleted else record.xml for record in found}

    def identifiers(self, prefix, **arguments):
        named = {f"{name}_": value for name, value in arguments.items()}
        found = self.scythe.list_identifiers(metadata_prefix=prefix, **named)
        return {id_of(header): header.deleted for header in found}

    def sets(self):
        return [found.setSpec for found in self.scythe.list_sets()]


def id_of(header):
    return header.identifier.rsplit(":", 1)[1]


harvest.check(Client())
