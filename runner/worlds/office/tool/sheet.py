"""Sheets: rows of named columns."""

from typing import Any

from pydantic import Field

from runner.core.problem import shown
from runner.worlds.office.desk import Desk
from runner.worlds.office.state import Row
from runner.worlds.office.tool.action import (
    Action,
    Arguments,
    Name,
    Query,
    RefusedError,
    Value,
    among,
    done,
    holds,
    known,
    made,
)


class Find(Arguments):
    """What `sheet_find` asks for."""

    sheet: Name = Field(description="name of a sheet")
    column: Name
    value: Query = Field(description="words that the cell contains")


class Update(Arguments):
    """What `sheet_update` asks for."""

    sheet: Name = Field(description="name of a sheet")
    row: str = Field(description="id of a row")
    column: Name
    value: Value = Field(description="new text of the cell")


class Append(Arguments):
    """What `sheet_append` asks for."""

    sheet: Name = Field(description="name of a sheet")
    cells: dict[str, Value] = Field(min_length=1, max_length=50, description="column to text")


def _find(desk: Desk, asked: Find) -> object:
    rows = _rows(desk, asked.sheet)
    _column(rows, asked.column)
    return [
        {column: text for column, text in row.cells.items() if text} | {"id": row.id}
        for row in rows
        if holds(row.cells.get(asked.column, ""), asked.value)
    ]


def _update(desk: Desk, asked: Update) -> object:
    rows = _rows(desk, asked.sheet)
    row = known(desk.rows, asked.row, noun="row")
    if row.sheet != asked.sheet:
        raise RefusedError(
            f"row {row.id} is in the sheet {shown(row.sheet)}, not in {shown(asked.sheet)}"
        )
    _column(rows, asked.column)
    after = made(Row, {**vars(row), "cells": {**row.cells, asked.column: asked.value}})
    desk.rows.put(after)
    return done(after)


def _append(desk: Desk, asked: Append) -> object:
    rows = _rows(desk, asked.sheet)
    for column in asked.cells:
        _column(rows, column)
    row = made(Row, {"id": desk.rows.next_id(), **vars(asked)})
    desk.rows.add(row)
    return done(row)


def _rows(desk: Desk, sheet: str) -> list[Row]:
    among(sheet, (row.sheet for row in desk.rows), noun="sheet")
    return [row for row in desk.rows if row.sheet == sheet]


def _column(rows: list[Row], column: str) -> None:
    among(column, (name for row in rows for name in row.cells), noun="column")


SHEET: tuple[Action[Any], ...] = (
    Action("sheet_find", "Find rows of a sheet by the words of one column.", Find, _find),
    Action("sheet_update", "Change one cell of a row.", Update, _update),
    Action("sheet_append", "Add a row at the end of a sheet.", Append, _append),
)
