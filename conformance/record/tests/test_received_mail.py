"""The words of a mail are those that a reader of mail shows."""

from __future__ import annotations

import pytest

from conformance.record.received_mail import MailContent

TEXT = b"Subscriber: Bob <bob@subscribe \r\nr.example>\r\nJob: job 1j\r\n"


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        (b"", "Subscriber: Bob <bob@subscribe r.example> Job: job 1j"),
        (b"; format=flowed", "Subscriber: Bob <bob@subscribe r.example> Job: job 1j"),
        (b"; format=Flowed; DelSp=Yes", "Subscriber: Bob <bob@subscriber.example> Job: job 1j"),
    ],
)
def test_a_line_that_flows_on_is_one_with_the_next(parameters: bytes, words: str) -> None:
    content = MailContent(b"Content-Type: text/plain" + parameters + b"\r\n\r\n" + TEXT)
    assert content.text == content.said == words
