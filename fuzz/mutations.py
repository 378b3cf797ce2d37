"""Changes to JSON, CSV and Parquet that leave it what it is, as changes of bytes seldom do."""

import csv
import datetime
import decimal
import io
import json
import random

import pyarrow as pa
import pyarrow.parquet

VALUES = (None, True, -1, 0, 2, 65_537, 10**30, 1e308, float("nan"), "", "a", "\ud800", [], {})
VALUES += ("HUGE", "DEEP")
UNWRITABLE = {'"HUGE"': "1" * 5000, '"DEEP"': "[" * 5000}
"""What stands for values that a reader may be given, but that Python would not write."""
CELLS = ("", "nan", "inf", "-1", "1e999", "True", "0.5", "9223372036854775808", "a", "\ufeff")

COLUMN_CELLS = (None, True, -1, 2**63 - 1, float("nan"), 1e308, "", "a", "\0", b"\xff")
COLUMN_CELLS += ([], [1], ["a"], {"a": 1}, decimal.Decimal("1.5"), datetime.timedelta(1))
COLUMN_CELLS += (datetime.datetime(1, 1, 1), datetime.date(9999, 1, 1), datetime.time(1))
"""A cell of each type of Parquet, of which a column is made."""


def change_json(data: bytes, rng: random.Random) -> bytes:
    """A JSON text with one of its values replaced, repeated or removed; other bytes as they are."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return data
    text = json.dumps(change_value(value, rng))
    for name, meant in UNWRITABLE.items():
        text = text.replace(name, meant)
    return text.encode()


def change_value(value: object, rng: random.Random) -> object:
    """The value after one change, to itself or to something inside of it."""
    if not value or not isinstance(value, list | dict) or rng.random() < 0.1:
        return rng.choice(VALUES)
    place = rng.choice(list(value) if isinstance(value, dict) else range(len(value)))
    changed = value.copy()
    match rng.randrange(8):
        case 0:
            del changed[place]
        case 1 if isinstance(value, list):
            changed += value[place:]
        case 1:
            changed[str(rng.choice(VALUES))] = value[place]
        case _:
            changed[place] = change_value(value[place], rng)
    return changed


def change_csv(data: bytes, rng: random.Random) -> bytes:
    """A CSV text with a cell replaced, or a row or column repeated or removed."""
    rows = list(csv.reader(io.StringIO(data.decode(errors="replace"), newline=""), strict=False))
    row = rng.randrange(len(rows) or 1)
    cell = rng.randrange(len(rows[row]) or 1) if rows else 0
    match rng.randrange(8):
        case 0:
            rows[row:row] = rows[row : row + 1]
        case 1:
            del rows[row : row + 1]
        case 2:
            rows = [line[: cell + 1] + line[cell:] for line in rows]
        case 3:
            rows = [line[:cell] + line[cell + 1 :] for line in rows]
        case _ if rows:
            others = [text for line in rows for text in line]
            rows[row][cell : cell + 1] = [rng.choice([*CELLS, *others])]
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    return stream.getvalue().encode()


def change_parquet(data: bytes, rng: random.Random) -> bytes:
    """A Parquet file with a column replaced, renamed, repeated or removed, or other metadata."""
    stream = io.BytesIO()
    try:
        table = pyarrow.parquet.read_table(pa.BufferReader(data))
        pyarrow.parquet.write_table(change_table(table, rng), stream)
    # It is no Parquet, has no columns, a name that is no UTF-8, or what Parquet has no form for.
    except (pa.ArrowException, OSError, ValueError, IndexError):
        return data
    return stream.getvalue()


def change_table(table: pa.Table, rng: random.Random) -> pa.Table:
    """As ``change_parquet``, of the table."""
    place = rng.randrange(table.num_columns)
    name = rng.choice([*table.column_names, "class", "start", "", "\n"])
    column = pa.array([rng.choice(COLUMN_CELLS)] * table.num_rows)
    match rng.randrange(6):
        case 0:
            return table.remove_column(place)
        case 1:
            return table.add_column(place, name, table.column(place))
        case 2:
            return table.set_column(place, name, column.dictionary_encode())
        case 3:
            values = change_json((table.schema.metadata or {}).get(b"pandas", b"{}"), rng)
            return table.replace_schema_metadata({"pandas": values})
        case _:
            return table.set_column(place, name, column)
