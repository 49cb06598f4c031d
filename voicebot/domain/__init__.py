"""Words of the trade as types: call, acts, decisions, instructions, message. No asyncio, no database, no vendor."""
