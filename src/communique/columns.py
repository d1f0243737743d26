"""Columns whose values, or whose parts, differ in type: one type for each, and the way there.

Whole numbers beside fractions become fractions, objects get the keys of all, what has nothing in common becomes text.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa


def table_of(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Give rows as a table with the columns of all of them."""
    columns = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        values = [row.get(name) for row in rows]
        try:
            columns[name] = pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            columns[name] = pa.array(_texts(values), pa.string())
    return pa.table(columns)


def common_schema(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """Give the columns of all parts, in the order they first come in, each with a type for all its values."""
    names = dict.fromkeys(name for schema in schemas for name in schema.names)
    types = {name: {schema.field(name).type for schema in schemas if name in schema.names} for name in names}
    return pa.schema([(name, _common(kinds)) for name, kinds in types.items()])


def aligned(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Give a part the columns and types that all parts have in common."""
    columns = [
        _cast(table[field.name], field.type) if field.name in table.column_names else pa.nulls(len(table), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _common(types: Iterable[pa.DataType]) -> pa.DataType:
    fields = [pa.schema([("", kind)]) for kind in types]
    try:
        return pa.unify_schemas(fields, promote_options="permissive").field(0).type
    except pa.ArrowTypeError:
        return pa.string()


def _cast(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray | pa.Array:
    if wanted != pa.string() or column.type in {pa.string(), pa.null()}:
        return column.cast(wanted, safe=False)  # unsafe: a number of seventeen digits beside fractions is rounded
    return pa.array(_texts(column.to_pylist()), wanted)


def _texts(values: Iterable[object]) -> list[str | None]:
    return [v if v is None or isinstance(v, str) else json.dumps(v, default=str) for v in values]
