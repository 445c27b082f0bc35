"""Whether the host of an address leads to the public internet, wherever its name says that it leads."""

from __future__ import annotations

from dataclasses import dataclass

from accessa.domain.addresses import host_of, is_public_number
from accessa.providers.name_lookup import Resolve


@dataclass(frozen=True, slots=True)
class HostTrouble:
    """What is wrong with a host; it `may_pass` when the name is only not known yet."""

    sentence: str
    may_pass: bool


async def trouble_with_host(name: str, address: str, resolve: Resolve) -> HostTrouble | None:
    """Return what is wrong with the host of `address`, the value of the variable `name`.

    Nothing is when every number that the host stands for belongs to the public internet: a connection takes any of
    them.
    """
    host = host_of(address)
    numbers = await resolve(host)
    if not numbers:
        return HostTrouble(f"{name} names {host}, which resolves to no address", may_pass=True)
    private = sorted(str(number) for number in numbers if not is_public_number(number))
    if private:
        sentence = f"{name} names {host}, which resolves to {private[0]}, no address of the public internet"
        return HostTrouble(sentence, may_pass=False)
    return None
