"""Gives the registry a past: standards created, changed and withdrawn, in a log of more than two full tiles."""

import registry

CREATED, CHANGED, WITHDRAWN = 700, 60, 40

created = registry.bulk([registry.creation(serial) for serial in range(1, CREATED + 1)])
changed = registry.bulk([registry.change(entry) for entry in created[:CHANGED]])
withdrawn = registry.bulk([registry.withdrawal(entry) for entry in (changed + created[CHANGED:])[:WITHDRAWN]])
for result in created + changed + withdrawn:
    assert result["status"] < 300, result
print(f"{len(created)} created, {len(changed)} changed, {len(withdrawn)} withdrawn")
