"""Where a recording is made: what the Poller listens to, with a Recorder that hears it too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from console.facts.client import ClientView
from console.facts.observed import Observed
from console.polling.witnesses import ClientQuestion, ClientWitness, Witnesses
from console.recording.recorder import MAX_BYTES, Recorder
from console.transport.protocol import Reply, Request, Transport


@dataclass(frozen=True, slots=True)
class RecordedWitnesses(Witnesses):
    """Witnesses whose words are kept. `recorder` wants to see the Scenes that are made of them, too."""

    recorder: Recorder


def recorded(witnesses: Witnesses, path: Path, max_bytes: int = MAX_BYTES) -> RecordedWitnesses:
    """The same witnesses, recorded into the file at `path`, which is made, or appended to.

    Raises RecordingError: the file is no recording, of another fleet, of another version, or being written already.
    """
    recorder = Recorder(path, witnesses.fleet, max_bytes)
    transport = RecordingTransport(witnesses.transport, recorder)
    client = RecordingClient(witnesses.client, recorder)
    return RecordedWitnesses(witnesses.fleet, transport, client, recorder)


class RecordingTransport:
    """A Transport that passes everything on, and every reply to the recorder."""

    def __init__(self, transport: Transport, recorder: Recorder) -> None:
        self._transport = transport
        self._recorder = recorder

    def submit(self, request: Request) -> None:
        """Begin a request and return at once."""
        self._transport.submit(request)

    def replies(self, timeout: float) -> list[Reply]:
        """Wait up to `timeout` seconds for at least one reply; all that are there, oldest first."""
        found = self._transport.replies(timeout)
        for reply in found:
            self._recorder.heard_reply(reply)
        return found

    def retry_now(self) -> None:
        """Forget every back-off."""
        self._transport.retry_now()

    def close(self) -> None:
        """Drop every connection at once; the recording ends with the client's part."""
        self._transport.close()


class RecordingClient:
    """A ClientWitness that passes everything on, and every answer to the recorder."""

    def __init__(self, client: ClientWitness, recorder: Recorder) -> None:
        self._client = client
        self._recorder = recorder

    def submit(self, question: ClientQuestion) -> None:
        """Begin to look, and return at once."""
        self._client.submit(question)

    def resolve(self, key: str, name: str, deadline: float) -> None:
        """Begin to resolve a name, and return at once."""
        self._client.resolve(key, name, deadline)

    def views(self) -> list[tuple[str, Observed[ClientView]]]:
        """Answers that are there now; never waits."""
        found = self._client.views()
        for key, view in found:
            self._recorder.heard_view(key, view)
        return found

    def resolutions(self) -> list[tuple[str, Observed[tuple[str, ...]]]]:
        """Resolved names that are there now; never waits."""
        found = self._client.resolutions()
        for region, addresses in found:
            self._recorder.heard_resolution(region, addresses)
        return found

    def close(self) -> None:
        """Stop at once, and end the recording: what waits is written, a hung disk is not waited for."""
        self._client.close()
        self._recorder.close()
