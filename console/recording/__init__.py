"""Recordings: what the witnesses said, kept in a file, and shown again in the same screens.

To record: `witnesses = recorded(witnesses, path)` (console.recording.tee) wraps what the Poller listens to; it raises
RecordingError for a file that is no recording or of another fleet. Then, for each Scene, in the polling thread:
`history.note(*witnesses.recorder.troubles())` before it is made, `witnesses.recorder.notice(scene)` after.
Closing the witnesses ends the file.

To play: `source = replay_source(path)` (console.recording.replay) is a Source of Scenes, with `source.setting` for the
application; it raises RecordingError that says what is wrong with the file and what to do.

Nothing here imports Textual or anything that can change a host.
"""
