from __future__ import annotations

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from hooks.name_uuid import name_uuid, written


@given(st.uuids(), st.text(st.characters(exclude_categories=["Cs"])))
def test_it_is_the_uuid_of_the_standard(space: UUID, name: str) -> None:
    """A UUID made here is the one that any other maker of version 5 makes."""
    made = name_uuid(space.bytes, name)

    assert made == uuid5(space, name).bytes
    assert written(made) == str(uuid5(space, name))
