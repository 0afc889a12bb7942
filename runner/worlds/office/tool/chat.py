"""Chat channels."""

from typing import Any

from pydantic import Field

from runner.worlds.office.desk import Desk
from runner.worlds.office.state import Post as Posted
from runner.worlds.office.tool.action import (
    Action,
    Arguments,
    Name,
    Said,
    among,
    done,
    flat,
    made,
)


class Read(Arguments):
    """What `chat_read` asks for."""

    channel: Name = Field(description="name of a channel")


class Post(Arguments):
    """What `chat_post` asks for."""

    channel: Name = Field(description="name of a channel")
    text: Said


def _read(desk: Desk, asked: Read) -> object:
    channel = _channel(desk, asked.channel)
    return [flat(each, without=("channel",)) for each in desk.posts if each.channel == channel]


def _post(desk: Desk, asked: Post) -> object:
    _channel(desk, asked.channel)
    post = made(Posted, {"id": desk.posts.next_id(), "author": "me", **vars(asked)})
    desk.posts.add(post)
    return done(post)


def _channel(desk: Desk, channel: str) -> str:
    return among(channel, (post.channel for post in desk.posts), noun="channel")


CHAT: tuple[Action[Any], ...] = (
    Action("chat_read", "Read a channel, oldest message first.", Read, _read),
    Action("chat_post", "Write a message to a channel.", Post, _post),
)
