"""Gives the registry something of every kind to be asked about: standards created, changed and withdrawn."""

import registry

created = registry.bulk([registry.creation(serial) for serial in range(1, 61)])
changed = registry.bulk([registry.change(entry) for entry in created[:12]])
withdrawn = registry.bulk([registry.withdrawal(entry) for entry in (changed + created[12:])[:8]])
for result in created + changed + withdrawn:
    assert result["status"] < 300, result
print(f"{len(created)} created, {len(changed)} changed, {len(withdrawn)} withdrawn")
