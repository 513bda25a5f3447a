"""One step at a time: a session, and a thousand of them."""
