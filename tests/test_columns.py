"""Columns whose parts differ get one type, wherever the parts were cut."""

import pyarrow as pa
import pytest

from communique.columns import aligned, common_schema, table_of


def together(*parts: list[object]) -> list[object]:
    """Cut a column into parts, give them their common type, and put the values together again."""
    tables = [table_of([{"key": value} for value in part]) for part in parts]
    schema = common_schema([table.schema for table in tables])
    return [value for table in tables for value in aligned(table, schema)["key"].to_pylist()]


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ([1, 2], [2.5], [1.0, 2.0, 2.5]),
        ([{"a": 1}], [{"b": "x"}, None], [{"a": 1, "b": None}, {"a": None, "b": "x"}, None]),
        ([[]], [["x"]], [[], ["x"]]),
        ([None], [{"a": [1]}], [None, {"a": [1]}]),
        ([[{"a": 1}]], [[{"a": 0.5}]], [[{"a": 1.0}], [{"a": 0.5}]]),
        ([7], ["x"], ["7", "x"]),
        ([{"a": 1}], ["x"], ['{"a": 1}', "x"]),
        ([True], [1], ["true", "1"]),
        ([2**60 + 1], [0.5], [float(2**60), 0.5]),  # rounded to what a fraction's 53 bits hold
    ],
)
def test_a_columns_type_is_that_of_all_its_values(
    first: list[object], second: list[object], wanted: list[object]
) -> None:
    assert together(first, second) == wanted


def test_columns_come_in_the_order_they_were_first_seen_in() -> None:
    parts = [pa.schema([("b", pa.int64())]), pa.schema([("a", pa.string()), ("b", pa.null())])]
    assert common_schema(parts) == pa.schema([("b", pa.int64()), ("a", pa.string())])
    assert aligned(table_of([{"a": "x"}]), common_schema(parts)).to_pylist() == [{"b": None, "a": "x"}]
