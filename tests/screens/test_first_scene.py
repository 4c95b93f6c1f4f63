"""What is done after the first Scene is done once, after it, and not after the end."""

from __future__ import annotations

from console.scene import Scene
from console.screens.first_scene import AfterFirstScene
from console.screens.source import Publish
from tests.screens.driving import GivenSource
from tests.unit.widgets.scenes import scene


class Twice(GivenSource):
    """A Source that has two Scenes."""

    def run(self, publish: Publish) -> None:
        publish(scene())
        publish(scene())


def test_it_is_done_once_and_after_the_first_scene_was_published() -> None:
    course: list[str] = []

    def publish(published: Scene) -> None:
        del published
        course.append("scene")

    AfterFirstScene(Twice(), lambda: course.append("done")).run(publish)
    assert course == ["scene", "done", "scene"]


def test_nothing_is_done_once_it_was_stopped() -> None:
    done: list[str] = []
    source = Twice()
    after = AfterFirstScene(source, lambda: done.append("done"))
    after.stop()
    after.run(lambda published: None)
    assert source.stopped
    assert not done
