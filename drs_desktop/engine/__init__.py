"""The durable engine: asyncio on its own thread, no Qt, no boto3, no SQL; it sees ports only."""
