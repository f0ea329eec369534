"""A day's work with the registry through the client that openapi-python-client made of the specification."""

import os
import time
from http import HTTPStatus
from typing import TypeVar

from registry_client import AuthenticatedClient
from registry_client.api.standards import create_standard, list_standards, patch_standard, withdraw_standard, get_standard
from registry_client.api.sync import list_changes
from registry_client.models import (
    ChangePage,
    Element,
    EventLine,
    LeaveLine,
    Level,
    Origin,
    Placement,
    PlacementCell,
    Problem,
    RevisionLine,
    StandardContent,
    StandardContentPatch,
    StandardEntry,
    StandardPage,
    StandardPatch,
    StandardWrite,
)
from registry_client.types import UNSET, Response, Unset

OWNER = "370214"
BATCH = f"python-{time.time_ns()}"
client = AuthenticatedClient(base_url=os.environ["REGISTRY_URL"], token=os.environ["TOKEN"])

Body = TypeVar("Body")


def expect(kind: type[Body], answer: Response[object]) -> Body:
    """The body of an answer, which is of the kind the specification promises."""
    assert isinstance(answer.parsed, kind), (answer.status_code, answer.content)
    return answer.parsed


def content(serial: int) -> StandardContent:
    cell = PlacementCell()
    cell["subsystem"] = "老有颐养"
    cell["dimension"] = "process"
    return StandardContent(
        external_id=f"{BATCH}-{serial}",
        title=f"青岛市公共服务规范 {serial}",
        origin=Origin.SELF_BUILT,
        level=Level.LOCAL,
        elements=[Element.STAFFING],
        placements=[Placement(framework="qingdao", cell=cell)],
    )


def create(serial: int, key: str | Unset = UNSET) -> Response[object]:
    body = StandardWrite(owner=OWNER, content=content(serial))
    answer = create_standard.sync_detailed(client=client, body=body, idempotency_key=key)
    return Response(answer.status_code, answer.content, answer.headers, answer.parsed)


# Create; the same key again creates nothing.
before = list_standards.sync(client=client, limit=1)
assert isinstance(before, StandardPage)
answers = [create(serial) for serial in (1, 2, 3)]
created = [expect(StandardEntry, answer) for answer in answers]
once, twice = create(4, key=BATCH), create(4, key=BATCH)
assert expect(StandardEntry, once).id == expect(StandardEntry, twice).id
assert twice.headers["Idempotency-Replayed"] == "true"
created.append(expect(StandardEntry, once))

# Faulty content: every fault with its place.
faulty = StandardWrite(owner=OWNER, content=StandardContent(title=" ", origin=Origin.SELF_BUILT, ics=["nonsense"]))
refused = create_standard.sync_detailed(client=client, body=faulty)
assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
assert isinstance(refused.parsed, Problem) and not isinstance(refused.parsed.errors, Unset)
assert {fault.pointer for fault in refused.parsed.errors} >= {"/content/title", "/content/ics/0"}

# Page through by cursor.
listed: list[StandardEntry] = []
cursor: str | Unset = UNSET
while True:
    page = list_standards.sync(
        client=client,
        owner_exact=[OWNER],
        external_id=[f"{BATCH}-{serial}" for serial in (1, 2, 3, 4)],
        sort="position",
        limit=3,
        cursor=cursor,
    )
    assert isinstance(page, StandardPage), page
    listed += page.items
    if page.next_ is None:
        break
    cursor = page.next_
assert [entry.id for entry in listed] == [entry.id for entry in created]

# Change what was read; a second change on the same revision is told the current one.
first, tag = created[0], answers[0].headers["ETag"]
change = StandardPatch(reason="补充适用范围", content=StandardContentPatch(scope="适用于养老机构"))
patched = patch_standard.sync(first.id, client=client, body=change, if_match=tag)
assert isinstance(patched, StandardEntry) and patched.revision == 2, patched
assert isinstance(patched.content, StandardContent) and patched.content.scope == "适用于养老机构"
stale = patch_standard.sync_detailed(first.id, client=client, body=change, if_match=tag)
assert stale.status_code == HTTPStatus.PRECONDITION_FAILED
assert isinstance(stale.parsed, Problem) and stale.parsed.current_revision == 2

# Withdraw, and see why it is gone.
withdrawn = withdraw_standard.sync(
    created[1].id, client=client, reason="重复登记", if_match=answers[1].headers["ETag"]
)
assert isinstance(withdrawn, StandardEntry) and withdrawn.withdrawn
gone = get_standard.sync(created[1].id, client=client)
assert isinstance(gone, Problem) and gone.type_.value == "/problems/withdrawn" and gone.reason == "重复登记"

# Follow what happened since.
changes = list_changes.sync(client=client, after=str(before.position), wait=5)
assert isinstance(changes, ChangePage), changes


def described(line: RevisionLine | LeaveLine | EventLine) -> str:
    return line.action.value


assert [described(line) for line in changes.items] == ["create"] * 4 + ["update", "withdraw"]
lines = [line for line in changes.items if isinstance(line, RevisionLine)]
assert [line.id for line in lines[:4]] == [entry.id for entry in created]
print(f"openapi-python-client: {len(created)} created, 1 patched, 1 withdrawn, followed to {changes.position}")
