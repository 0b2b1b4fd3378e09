"""Live: what moves is shown to those who watch, over Socket.IO at `/socket.io`, namespace `/live`.

The client says `watch {topics}` and gets `{ok, refused, versions}`; then messages arrive, each
`{topic, version, at, data}`. It fetches the state once, and applies a message whose version is not below
the one it has; a message with `limited: true`, a new connection or a minute of silence means: fetch again
(`resync {topic, version}` answers `{ok, topic, version, state}`). Several messages of one moment may bear
the same version; applying one twice changes nothing, as each carries what now is, not a difference.

Only the server publishes. A public topic carries public data as a visitor may read it; on a private one
`data` names only what to fetch. The audience is computed when sending.
"""

from .service import Live
from .topics import Topic, register_message, register_topic

__all__ = ["Live", "Topic", "register_message", "register_topic"]
