"""What every harvester must find, whichever it is."""

import io

import registry
from lxml import etree

NATIVE = "{urn:standards-registry:entry:1}"
DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"


def check(client) -> None:
    """Harvests all of it in every way, then what is new."""
    entries = registry.catalogue()
    registry.wait_until_harvestable(entries)
    schema = etree.XMLSchema(etree.parse(io.BytesIO(registry.fetch("/oai/registry.xsd"))))

    whole = client.records("registry")
    compare(whole, entries)
    for record in whole.values():
        if record is not None:
            native = record.find(f".//{NATIVE}entry")
            schema.assertValid(native)
            entry = entries[native.findtext(f"{NATIVE}id")]
            assert native.findtext(f"{NATIVE}content_sha256") == entry["content_sha256"]
            assert native.findtext(f"{NATIVE}content/{NATIVE}title") == entry["content"]["title"]

    simple = client.records("oai_dc")
    compare(simple, entries)
    for id, record in simple.items():
        if record is not None:
            content = entries[id]["content"]
            assert record.findtext(f".//{DUBLIN_CORE}title") == content["title"]
            assert record.findtext(f".//{DUBLIN_CORE}identifier") == content["number"]

    identifiers = client.identifiers("oai_dc")
    assert identifiers == {id: entry["withdrawn"] for id, entry in entries.items()}
    assert client.identifiers("oai_dc", set=f"division:{registry.OWNER}") == identifiers
    assert f"division:{registry.OWNER}" in client.sets()
    deleted = sum(identifiers.values())
    assert deleted > 0
    print(f"{len(identifiers)} records harvested, {deleted} of them deleted")

    since = registry.harvest_date()
    live = [entry for entry in entries.values() if not entry["withdrawn"]]
    registry.bulk([registry.change(live[0]), registry.withdrawal(live[1])])
    now = registry.catalogue()
    registry.wait_until_harvestable(now)
    news = client.identifiers("registry", **{"from": since})
    assert news == {live[0]["id"]: False, live[1]["id"]: True}, news
    print("a change and a withdrawal came with the next harvest")


def compare(records: dict, entries: dict) -> None:
    """Records by id, `None` for deleted ones, against the catalogue."""
    assert records.keys() == entries.keys(), f"{len(records)} harvested, {len(entries)} registered"
    for id, entry in entries.items():
        assert (records[id] is None) == entry["withdrawn"], id
