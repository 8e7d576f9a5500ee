"""The recipient: nothing a printer sends is lost or repaired before it is on record."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.record.rows import MailRow
from conformance.wire.smtp import dialogue
from conformance.wire.smtp_events import EventKind
from fakes.recipient import transcript
from fakes.recipient.transcript import TRANSCRIPT_LIMIT, Body

from .recipient_bench import Client, RecipientBench, perform

# ---------------------------------------------------------------- every octet


def test_every_octet_of_both_directions_is_recorded_in_order(tmp_path: Path) -> None:
    said, heard = b"", b""

    async def act(bench: RecipientBench) -> None:
        nonlocal said, heard
        client = await bench.connect(greeted=False)
        heard += await client.reply()
        for line in (
            b"EHLO printer.example\r\n",
            b"MAIL FROM:<printer@acme.example>\r\n",
            b"RCPT TO:<jones@acme.example>\r\n",
            b"DATA\r\n",
            b"Subject: x\r\n\r\nhello\x00\xff\r\n.\r\n",
            b"NONSENSE\r\n",
            b"QUIT\r\n",
        ):
            heard += await client.say(line)
            said += line
        assert await client.rest() == b""
        await client.close()

    evidence = perform(tmp_path, act)
    assert evidence.client == said
    assert evidence.server == heard
    times = [event.t for event in evidence.events]
    assert times == sorted(times)
    assert evidence.endings == ["quit"]
    assert len(evidence.sessions) == 1
    assert evidence.bodies == [b"Subject: x\r\n\r\nhello\x00\xff\r\n"]
    assert evidence.messages[0].envelope == b"MAIL FROM:<printer@acme.example>\r\nRCPT TO:<jones@acme.example>\r\n"
    turns = dialogue(evidence.events).turns
    assert [turn.verb for turn in turns] == ["EHLO", "MAIL", "RCPT", "DATA", "NONSENSE", "QUIT"]
    assert turns[3].data_span == (evidence.messages[0].start, evidence.messages[0].end)
    assert turns[3].data_t == evidence.messages[0].t


def test_a_connection_that_never_speaks_is_a_session(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        host, port = client.writer.get_extra_info("sockname")
        names.append(f"{host}:{port}")
        names.append(bench.recipient.address)
        await client.close()

    names: list[str] = []
    evidence = perform(tmp_path, act)
    assert [(s.peer, s.listener) for s in evidence.sessions] == [tuple(names)]
    assert [event.kind for event in evidence.events] == [EventKind.SERVER, EventKind.EOF, EventKind.LOST]
    assert evidence.endings == ["client"]


def test_a_connection_that_is_reset_is_a_session(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.say(b"HELO x\r\n")
        client.reset()
        await bench.recipient.idle()

    evidence = perform(tmp_path, act)
    assert evidence.client == b"HELO x\r\n"
    assert evidence.endings[0].startswith("reset: ConnectionResetError")


def test_a_missing_bracket_is_kept(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.say(b"HELO x\r\n")
        assert (await client.say(b"MAIL FROM:a@b.example\r\n")).startswith(b"250")
        assert (await client.say(b"RCPT TO:jones@acme.example\r\n")).startswith(b"250")
        await client.say(b"DATA\r\n")
        await client.say(b"x\r\n.\r\n")
        assert bench.recipient.arrivals.count("jones@acme.example") == 1

    evidence = perform(tmp_path, act)
    assert evidence.messages[0].envelope == b"MAIL FROM:a@b.example\r\nRCPT TO:jones@acme.example\r\n"


def test_a_bare_lf_after_a_command_is_kept(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert (await client.say(b"HELO x\n")).startswith(b"250")
        assert (await client.say(b"MAIL FROM:<a@b.example>\n")).startswith(b"250")
        assert (await client.say(b"RCPT TO:<jones@acme.example>\n")).startswith(b"250")
        assert (await client.say(b"DATA\n")).startswith(b"354")
        assert (await client.say(b"x\r\n.\r\n")).startswith(b"250")

    evidence = perform(tmp_path, act)
    assert evidence.messages[0].envelope == b"MAIL FROM:<a@b.example>\nRCPT TO:<jones@acme.example>\n"
    assert evidence.bodies == [b"x\r\n"]
    assert b"\r" not in evidence.client.replace(b"x\r\n.\r\n", b"")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b".unstuffed dot\r\n", id="an-unstuffed-dot"),
        pytest.param(b"..stuffed\r\n...twice\r\n", id="stuffed-dots"),
        pytest.param(b"x" * 1000 + b"\r\n", id="a-line-of-1000"),
        pytest.param(b"x" * 100_000 + b"\r\n", id="a-line-of-100000"),
        pytest.param(b"bare\nline\nfeeds\r\n", id="bare-lf"),
        pytest.param(b"bare\rcarriage\rreturns\r\r\n", id="bare-cr"),
        pytest.param(b"nul \x00 and \xff\xfe and \x80\r\n", id="octets"),
        pytest.param(b"\n.\n not the end\r\n", id="lf-dot-lf"),
        pytest.param(b"\r.\r not the end\r\n", id="cr-dot-cr"),
        pytest.param(b"x\n.\r\n not the end\r\n", id="lf-dot-crlf"),
        pytest.param(b"x\r\n.\n not the end\r\n", id="crlf-dot-lf"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\r\n", id="an-empty-line"),
    ],
)
def test_a_message_is_kept_as_it_came(tmp_path: Path, body: bytes) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert (await client.mail(body)).startswith(b"250")
        assert (await client.mail(b"another\r\n")).startswith(b"250")

    evidence = perform(tmp_path, act)
    assert evidence.bodies == [body, b"another\r\n"]


def test_a_connection_cut_inside_the_message_leaves_its_octets_but_no_message(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.up_to_data()
        await client.send(b"Subject: cut\r\n\r\nhalf a li")
        await client.close()

    evidence = perform(tmp_path, act)
    assert evidence.client.endswith(b"Subject: cut\r\n\r\nhalf a li")
    assert evidence.messages == []
    assert evidence.endings == ["client"]


@pytest.mark.parametrize("polite", [True, False], ids=["closed", "reset"])
def test_fifty_of_fifty_are_stored_though_their_clients_leave_right_after_the_dot(tmp_path: Path, polite: bool) -> None:
    async def one(bench: RecipientBench, i: int) -> None:
        client = await bench.connect()
        await client.up_to_data(b"<fifty@acme.example>")
        await client.send(b"message %d\r\n.\r\n" % i)
        if polite:
            await client.close()
        else:
            await bench.recipient.arrivals.wait("fifty@acme.example", i + 1, 0)
            client.writer.transport.abort()  # closed without waiting for the answer, which then meets a reset

    async def act(bench: RecipientBench) -> None:
        bench.go.clear()  # the disk is slow: no commit ends before the clients are gone
        for i in range(50):
            await one(bench, i)
        bench.go.set()
        assert await bench.recipient.arrivals.wait("fifty@acme.example", 50, 10)

    evidence = perform(tmp_path, act)
    assert sorted(evidence.bodies) == sorted(b"message %d\r\n" % i for i in range(50))


WHOLE = (
    b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<jones@acme.example>\r\nDATA\r\nfirst\r\n.\r\n"
    b"MAIL FROM:<a@b.example>\r\nRCPT TO:<smith@acme.example>\r\nDATA\r\nsecond\r\n.\r\nQUIT\r\n"
)


def test_a_session_sent_in_one_piece_and_half_closed_is_worked_off(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.send(WHOLE)
        client.writer.write_eof()
        replies = await client.rest()
        assert [line[:4] for line in replies.splitlines()] == [
            *[b"250-"] * 3, *[b"250 "] * 3, b"354 ", *[b"250 "] * 3, b"354 ", b"250 ", b"221 "
        ]  # fmt: skip
        await client.close()

    evidence = perform(tmp_path, act)
    assert evidence.bodies == [b"first\r\n", b"second\r\n"]
    assert evidence.client == WHOLE


def test_a_session_sent_in_one_piece_by_a_client_that_leaves_is_recorded(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.send(WHOLE)
        await client.close()

    assert perform(tmp_path, act).client == WHOLE


def test_a_message_and_quit_in_one_piece_are_stored_though_the_client_leaves(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.up_to_data()
        bench.go.clear()
        await client.send(b"hello\r\n.\r\nQUIT\r\n")
        await client.close()
        bench.go.set()
        assert await bench.recipient.arrivals.wait("jones@acme.example", 1, 10)

    evidence = perform(tmp_path, act)
    assert evidence.bodies == [b"hello\r\n"]
    assert evidence.client.endswith(b"QUIT\r\n")


def test_a_session_sent_octet_by_octet_is_worked_off(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        for i in range(len(WHOLE)):
            await client.send(WHOLE[i : i + 1])
            await asyncio.sleep(0)
        assert (await client.rest()).endswith(b"221 Bye\r\n")
        await client.close()

    evidence = perform(tmp_path, act)
    assert evidence.bodies == [b"first\r\n", b"second\r\n"]


@given(
    st.lists(st.sampled_from([b"\r", b"\n", b".", b"x", b"\r\n", b"\r\n.\r\n", b"\r\n.", b"a." * 20]), max_size=30),
    st.data(),
)
@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_the_end_of_a_message_is_found_in_whatever_pieces_it_comes(parts: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(parts)
    model = (b"\r\n" + stream).find(b"\r\n.\r\n")  # as if the DATA line's end stood before it
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=8)))
    body, rest = Body(1000), None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transcript, "MANY", data.draw(st.sampled_from((0, transcript.MANY))))
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
            if rest is None:
                rest = body.feed(stream[start:end])
            else:
                rest += stream[start:end]
    if model < 0:
        assert rest is None
        assert body.size == len(stream)
    else:
        assert (body.start, body.end) == (1000, 1000 + model)
        assert rest == stream[model + 3 :]


def test_a_large_message_is_stored_in_stretches(tmp_path: Path) -> None:
    body = b"".join(b"line %d of many\r\n" % i for i in range(200_000))

    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert (await client.mail(body)).startswith(b"250")

    evidence = perform(tmp_path, act, queue_limit=2**18)
    assert evidence.bodies == [body]
    assert len(evidence.transcripts) > len(body) // (2 * TRANSCRIPT_LIMIT)
    assert max(len(row.events) for row in evidence.transcripts) < 2 * TRANSCRIPT_LIMIT


def test_a_client_faster_than_the_disk_is_held_back(tmp_path: Path) -> None:
    body = b"x" * 998 + b"\r\n"

    async def act(bench: RecipientBench) -> None:
        bench.go.clear()
        client = await bench.connect()
        await client.up_to_data()
        writing = asyncio.ensure_future(client.send(body * 20_000 + b".\r\n"))
        done, _ = await asyncio.wait([writing], timeout=0.5)
        assert not done  # 20 MB, of which the sockets hold a few
        assert bench.journal._octets < 4 * TRANSCRIPT_LIMIT
        bench.go.set()
        await writing
        assert (await client.reply()).startswith(b"250")

    evidence = perform(tmp_path, act)
    assert evidence.bodies == [body * 20_000]


def test_clients_that_are_together_faster_than_the_disk_are_held_back(tmp_path: Path) -> None:
    body = b"x" * 998 + b"\r\n"

    async def act(bench: RecipientBench) -> None:
        bench.go.clear()
        clients = [await bench.connect() for _ in range(10)]
        for client in clients:
            await client.up_to_data()
        writing = [asyncio.ensure_future(client.send(body * 10_000 + b".\r\n")) for client in clients]
        done, _ = await asyncio.wait(writing, timeout=0.5)
        assert not done
        assert bench.journal.congested
        room = asyncio.Event()
        bench.journal.when_room(room.set)
        bench.go.set()
        await asyncio.wait(writing)
        assert room.is_set()
        assert [(await client.reply())[:3] for client in clients] == [b"250"] * 10

    evidence = perform(tmp_path, act, queue_limit=2**18)
    assert evidence.bodies == [body * 10_000] * 10


# ---------------------------------------------------------------- before 250


def test_a_message_is_on_the_disk_before_250(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.up_to_data()
        bench.go.clear()
        await client.send(b"hello\r\n.\r\n")
        answer = asyncio.ensure_future(client.reply())
        done, _ = await asyncio.wait([answer], timeout=0.2)
        assert not done
        assert bench.recipient.arrivals.count("jones@acme.example") == 0
        bench.go.set()
        assert (await answer).startswith(b"250")
        assert bench.recipient.arrivals.count("jones@acme.example") == 1
        assert len(stored_now(bench)) == 1

    perform(tmp_path, act)


def stored_now(bench: RecipientBench) -> list[MailRow]:
    with type(bench.file).open(bench.file.path) as file:
        return list(file.rows(MailRow))


def test_two_clients_at_once_do_not_mix(tmp_path: Path) -> None:
    async def one(client: Client, name: bytes) -> None:
        for i in range(20):
            assert (await client.mail(b"%s %d\r\n" % (name, i), b"<%s@acme.example>" % name)).startswith(b"250")

    async def act(bench: RecipientBench) -> None:
        a, b = await bench.connect(), await bench.connect()
        await asyncio.gather(one(a, b"a"), one(b, b"b"))

    evidence = perform(tmp_path, act)
    by_session = {1: b"a", 2: b"b"}
    for message, body in zip(evidence.messages, evidence.bodies, strict=True):
        name = by_session[message.session]
        assert body.startswith(name + b" ")
        assert b"<" + name + b"@" in message.envelope
    assert len(evidence.messages) == 40
