"""Writes data/report.schema.json after an edit of the report's model: `python -m interviewer.report.schema`."""

import json

from interviewer.report.model import Report
from interviewer.resources import resource


def report_schema() -> str:
    """Return the JSON Schema of the JSON face as text."""
    schema = Report.model_json_schema(mode="serialization")
    return (
        json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, ensure_ascii=False, indent=2) + "\n"
    )


if __name__ == "__main__":
    resource("data").joinpath("report.schema.json").write_text(report_schema(), encoding="utf-8")
