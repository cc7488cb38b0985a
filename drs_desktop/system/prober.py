"""Looking at a recovery instance over the network: does a port answer?"""

import asyncio

CONNECT_SECONDS = 5.0


class TcpProber:
    """Opens TCP connections and closes them at once (port `Prober`)."""

    async def can_connect(self, address: str, port: int) -> bool:
        """Return whether a TCP connection could be opened within five seconds."""
        if not address:
            return False
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _reader, writer = await asyncio.open_connection(address, port)
        except (OSError, TimeoutError):
            return False
        writer.close()
        return True


class SimulatedProber:
    """Finds every port open: a simulation's instances have addresses, but no network (port `Prober`)."""

    async def can_connect(self, address: str, port: int) -> bool:
        """Return whether there is an address at all."""
        return bool(address)
