"""Makes tests/golden/parquet.json: small Parquet files, one a way to pack, and the rows that `pyarrow` put there.

    python scripts/dev/golden/parquet.py
"""
import base64
import io
import json
import os

import pyarrow
import pyarrow.parquet

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../tests/golden/parquet.json")
ROWS = [{"text": f"line {i} \u4f60\u597d \U0001f600 " * (i % 3), "label": i % 4 if i % 5 else None, "score": i / 8,
         "tokens": ["a", "b"] * (i % 3), "answer": {"start": i, "text": str(i)}, "held": i % 2 == 0} for i in range(25)]


def main():
    table = pyarrow.Table.from_pylist(ROWS, schema=pyarrow.schema([
        ("text", pyarrow.string()), ("label", pyarrow.int32()), ("score", pyarrow.float64()),
        ("tokens", pyarrow.list_(pyarrow.string())),
        ("answer", pyarrow.struct([("start", pyarrow.int32()), ("text", pyarrow.string())])), ("held", pyarrow.bool_())]))
    files = {}
    for compression in ["none", "snappy", "gzip", "brotli", "zstd"]:
        buffer = io.BytesIO()
        pyarrow.parquet.write_table(table, buffer, compression=compression, row_group_size=10)
        files[compression] = base64.b64encode(buffer.getvalue()).decode()
    with open(GOLDEN, "w", encoding="utf-8") as f:
        json.dump({"source": f"pyarrow {pyarrow.__version__}, by python scripts/dev/golden/parquet.py", "rows": ROWS, "files": files},
                  f, ensure_ascii=True, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
