"""What is named after a password in a URI's query is kept nowhere; all else in it is."""

from __future__ import annotations

import pytest

from fakes.http.auth import masked
from fakes.http.query_secrets import without_query_secrets
from fakes.watched.masking import masked_request

SECRET = b"open%20sesame-4711"


@pytest.mark.parametrize(
    "before",
    [
        b"Location: /login?password=",
        b"Location: http://h/?user=bob&passwd=",
        b"Location: http://h/?user=bob;pwd=",
        b"Refresh: 0; url=/?PassWord=",
        b"Link: </?admin_pass=",
        b"Location: /#access_token=",
        b"Content-Location: /?api-key=",
        b"Location: /?login[password]=",
        b"Location: /?login%5Bpassword%5D=",
        b"Location: /;jsessionid=",
    ],
    ids=bytes.decode,
)
@pytest.mark.parametrize("behind", [b"\r\n", b"&next=/home\r\n", b"#top\r\n", b">; rel=next\r\n", b'"\r\n'])
def test_a_secret_in_a_query_is_masked_and_nothing_else(before: bytes, behind: bytes) -> None:
    head = b"HTTP/1.1 302 Found\r\n" + before + SECRET + behind + b"Server: x\r\n\r\n"
    kept = head.replace(SECRET, b"*" * len(SECRET))
    assert masked(head) == masked_request(head) == kept


@pytest.mark.parametrize(
    "line",
    [
        b"Location: /?page=2&sort=name\r\n",
        b"Location: /?compass=north&sidebar=1&bypass=2\r\n",
        b"Location: /password=x\r\n",
        b"Location: /?password=\r\n",
        b"X: tokens, and a password = none\r\n",
    ],
)
def test_what_is_no_secret_stays(line: bytes) -> None:
    assert without_query_secrets(line) == line
