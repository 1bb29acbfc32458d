"""Sends CloudEvents by the official SDK for Python: `send.py URL TIME`. Prints one line of JSON for each request."""

from datetime import datetime
from http.client import HTTPConnection
import json
import sys
from urllib.parse import urlsplit

from cloudevents.core.bindings.http import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from cloudevents.v1.http import CloudEvent as CloudEventV1
from cloudevents.v1.conversion import to_binary as to_binary_v1
from cloudevents.v1.conversion import to_structured as to_structured_v1

URL, TIME = sys.argv[1:3]
# Everything that must be escaped in a header, and what must not be.
SUBJECT = 'Zwei Katzen: "50 %" \u20ac \U0001f600 #1'


def attributes(mode, number):
    return {
        "id": f"e{number}",
        "source": "/python",
        "type": "view",
        "subject": f"{mode} {SUBJECT}",
        "time": datetime.fromisoformat(TIME.replace("Z", "+00:00")),
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }


def core(mode, write, typed):
    def message(number):
        content = {"datacontenttype": "application/json"} if typed else {}
        event = CloudEvent({**attributes(mode, number), **content}, {"value": 1.5, "viewerId": f"u{number}"})
        made = write(event, JSONFormat())
        return made.headers, made.body

    return message


def first(mode, write):
    def message(number):
        # This form of the SDK takes no text but ASCII for headers, and times as text.
        plain = {**attributes(mode, number), "time": TIME, "subject": mode}
        return write(CloudEventV1(plain, {"value": 1.5, "viewerId": f"u{number}"}))

    return message


FORMS = {
    "python-binary": core("python-binary", to_binary, True),
    "python-binary-untyped": core("python-binary-untyped", to_binary, False),
    "python-structured": core("python-structured", to_structured, True),
    "python-v1-binary": first("python-v1-binary", lambda event: to_binary_v1(event, data_marshaller=dumps)),
    "python-v1-structured": first("python-v1-structured", to_structured_v1),
}


def dumps(data):
    return json.dumps(data).encode()


def post(headers, body):
    address = urlsplit(URL)
    connection = HTTPConnection(address.hostname, address.port, timeout=20)
    connection.request("POST", "/v1/events", body, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return {"status": answer.status, "answer": text}


for form, message in FORMS.items():
    subject = form if "-v1-" in form else f"{form} {SUBJECT}"
    for number in (0, 1, 2, 0):
        print(json.dumps({"form": form, "videoId": subject, **post(*message(number))}))
