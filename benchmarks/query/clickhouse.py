"""The same questions to ClickHouse, in process, over the raw events: python clickhouse.py DIRECTORY, which holds asked.json.

Prints one JSON object: how long it took to insert, and for each question the times and the counts of its answers.
"""

import json
import sys
import time

from chdb.session import Session

directory = sys.argv[1]
with open(f"{directory}/asked.json") as file:
    asked = json.load(file)
session = Session(f"{directory}/database")
session.query("CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic")
session.query(
    "CREATE TABLE bench.events (video LowCardinality(String), type LowCardinality(String), time DateTime('UTC'), "
    "value Int64) ENGINE = MergeTree ORDER BY (type, video, time)"
)

started = time.perf_counter()
for video in asked["videos"]:
    # as many events in each minute as the dataset has: 1 + (minute + video) % 7
    session.query(
        f"INSERT INTO bench.events SELECT '{video['id']}', 'view', toDateTime(minute * 60, 'UTC'), 1000 FROM ("
        f"SELECT {video['start']} + number * {video['step']} AS minute FROM numbers({video['minutes']})) "
        f"ARRAY JOIN range(1 + (minute + {video['number']}) % 7)"
    )
session.query("OPTIMIZE TABLE bench.events FINAL")
filled = time.perf_counter() - started

answers = []
for question in asked["questions"]:
    times, counts = [], []
    for request in question["requests"]:
        begun = time.perf_counter()
        text = str(session.query(request, "JSONCompact"))
        times.append((time.perf_counter() - begun) * 1000)
        counts.append(sum(int(row[-1]) for row in json.loads(text)["data"]))
    answers.append({"timesMs": times, "counts": counts})
print(json.dumps({"filledSeconds": filled, "answers": answers}))
