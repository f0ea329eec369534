"""The registry as the interop tests write to it and read it: nothing but the standard library."""

import json
import os
import time
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree

BASE = os.environ["REGISTRY_URL"]
TOKEN = os.environ["TOKEN"]
OWNER = "370214"


def fetch(path: str) -> bytes:
    with urllib.request.urlopen(BASE + path, timeout=60) as answer:
        return answer.read()


def fetch_json(path: str):
    return json.loads(fetch(path))


def bulk(operations: list[dict]) -> list[dict]:
    """Writes operations in one go and answers their results."""
    request = urllib.request.Request(
        BASE + "/v1/bulk",
        data=json.dumps({"operations": operations}).encode(),
        headers={"Content-Type": "application/json", "Authorization": "Bearer " + TOKEN},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["results"]


def creation(serial: int) -> dict:
    content = {
        "number": f"GB/T {serial}-2020",
        "title": f"公共服务规范 第 {serial} 号 <𠮷> & ]]>",
        "title_en": f"Specification for public services {serial}",
        "origin": "referenced",
        "issued_by": ["国家市场监督管理总局", "国家标准化管理委员会"],
        "ics": ["03.080.30"],
        "ccs": ["A12"],
        "keywords": ["公共服务"],
        "scope": "适用于基本公共服务的提供与评价",
        "placements": [{"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}}],
        "relations": [{"type": "replaces", "target": {"number": f"GB/T {serial}-2010"}}],
    }
    return {"op": "create", "kind": "standard", "owner": OWNER, "content": content}


def change(entry: dict) -> dict:
    return {
        "op": "patch",
        "kind": "standard",
        "id": entry["id"],
        "if_revision": entry["revision"],
        "reason": "按来源更新",
        "content": {"title": f"第 {entry['revision'] + 1} 次登记的名称"},
    }


def withdrawal(entry: dict) -> dict:
    return {
        "op": "withdraw",
        "kind": "standard",
        "id": entry["id"],
        "if_revision": entry["revision"],
        "reason": "重复登记",
    }


def catalogue() -> dict[str, dict]:
    """Every standard by its id, withdrawn ones included."""
    entries, cursor = {}, None
    while True:
        query = {"limit": 1000, "withdrawn": "include"} | ({"cursor": cursor} if cursor else {})
        page = fetch_json("/v1/standards?" + urllib.parse.urlencode(query))
        entries |= {entry["id"]: entry for entry in page["items"]}
        cursor = page["next"]
        if cursor is None:
            return entries


def harvest_date() -> str:
    """The second up to which everything can be harvested."""
    root = ElementTree.fromstring(fetch("/oai?verb=Identify"))
    return root.findtext("{http://www.openarchives.org/OAI/2.0/}responseDate")


def wait_until_harvestable(entries: dict[str, dict]) -> None:
    newest = max(entry["recorded_at"] for entry in entries.values())[:19]
    deadline = time.monotonic() + 30
    while harvest_date()[:19] <= newest:
        assert time.monotonic() < deadline, "the newest second is not over after 30 seconds"
        time.sleep(0.05)


def verifier_key() -> str:
    """The key the log is signed with now, as signed notes write it: `name+id+base64`."""
    return fetch_json("/v1/log/keys")["items"][-1]["verifier_key"]


def checkpoint() -> str:
    """The checkpoint of all that is written."""
    size = fetch_json("/v1/standards?limit=1")["position"] + 1
    deadline = time.monotonic() + 30
    while True:
        note = fetch("/log/checkpoint").decode()
        if int(note.split("\n")[1]) >= size:
            return note
        assert time.monotonic() < deadline, "no checkpoint of the newest state after 30 seconds"
        time.sleep(0.05)
