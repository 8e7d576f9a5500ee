"""The cases on the body and on what is attached, on mails written down for them."""

from __future__ import annotations

import pytest

from conformance.cases import test_content, test_format, test_message, test_table1
from conformance.verdict import Violation
from conformance.wire import ipp

from .written_mail import FROM, MIME, TO, TWO, asked, mail, play_of
from .written_run import WrittenRun


def body(charset: str) -> str:
    """A mail whose body has that label."""
    return FROM + TO + MIME + f"Content-Type: text/plain; charset={charset}\\r\\n\\r\\njob 1j is done"


@pytest.mark.parametrize("charset", ["us-ascii", "ANSI_X3.4-1968", '"ISO_646.irv:1991"', "csASCII", "IBM367", "us"])
def test_us_ascii_has_many_names(bench: WrittenRun, charset: str) -> None:
    test_format.test_the_body_is_us_ascii(play_of(bench, "job/omitted", mail(body(charset))))


def test_another_charset_is_not_us_ascii(bench: WrittenRun) -> None:
    with pytest.raises(Violation):
        test_format.test_the_body_is_us_ascii(play_of(bench, "job/omitted", mail(body("iso-8859-1"))))


def asked_for(format_: str, **more: object) -> dict[str, object]:
    """What the stage notes of a job whose subscription asks for that format."""
    asks = asked()["asks"]
    assert isinstance(asks, list)
    return {"asks": [asks[0] | {"format": format_, "carrier": "job"} | more]}


@pytest.mark.parametrize(("parts", "attached"), [("", False), ("--b\\r\\n\\r\\ntwo\\r\\n", True)])
def test_a_multipart_of_the_text_alone_attaches_nothing(bench: WrittenRun, parts: str, attached: bool) -> None:
    head = FROM + TO + MIME + "Content-Type: multipart/mixed; boundary=b\\r\\n\\r\\n"
    text = "--b\\r\\nContent-Type: text/plain\\r\\n\\r\\njob 1j is done\\r\\n"
    play = play_of(bench, "job/text-plain", mail(head + text + parts + "--b--"), **asked_for("text/plain"))
    if attached:
        with pytest.raises(Violation, match="one part, the text"):
            test_format.test_text_plain_keeps_attachments_away(play)
    else:
        test_format.test_text_plain_keeps_attachments_away(play)


@pytest.mark.parametrize("label", ["latin1", "ISO_8859-1", "iso-8859-1"])
def test_notify_charset_is_known_by_each_of_its_names(bench: WrittenRun, label: str) -> None:
    part = f"Content-Type: text/html; charset={label}\\r\\nContent-Transfer-Encoding: quoted-printable"
    content = mail(FROM + TO + TWO + part + "\\r\\n\\r\\nGr=FC=DFe\\r\\n--b--")
    asks = asked_for("text/html; charset=utf-8", charset="iso-8859-1")
    with pytest.raises(Violation, match="which is notify-charset"):
        test_content.test_the_charset_of_the_media_type_overrules_notify_charset(
            play_of(bench, "printer/charset-html-utf-8", content, **asks)
        )


@pytest.mark.parametrize("fold", [" ", "\\r\\n\\t", "\\r\\n "])
def test_the_prefix_may_be_folded_off(bench: WrittenRun, fold: str) -> None:
    content = mail(FROM + TO + f"Subject: Printer message:{fold}job 1j completed\\r\\n\\r\\nx")
    test_table1.test_the_subject_begins_with_the_prefix(play_of(bench, "job/omitted", content, **asked_for("none")))


@pytest.mark.parametrize("written", ["Groesse Angstroem", "Gr??e ?ngstr?m", ""])
def test_a_name_beyond_ascii_may_be_rewritten_in_the_body(bench: WrittenRun, written: str) -> None:
    content = mail(FROM + TO + f"\\r\\nPrinter P: the job 'job 1j {written}' has completed.")
    play = play_of(bench, "awkward/names-two-octets", content, name="job 1j Größe Ångström", job=4711)
    test_table1.test_the_body_of_a_job_event_identifies_the_job(play)


HTML, LOG = "Content-Type: text/html", "Content-Type: text/plain\\r\\nContent-Disposition: attachment; filename=log.txt"
MIXED, ALTERNATIVE = (MIME + f"Content-Type: multipart/{kind}; boundary=b\\r\\n" for kind in ("mixed", "alternative"))


def parts(head: str, *inner: str) -> list[str]:
    """A session with a mail of these parts."""
    return mail(
        FROM + TO + head + "".join(f"\\r\\n--b\\r\\n{p}\\r\\n\\r\\njob 1j is done" for p in inner) + "\\r\\n--b--"
    )


def test_text_behind_html_is_an_attachment_and_not_the_body(bench: WrittenRun) -> None:
    with pytest.raises(Violation) as caught:
        test_format.test_the_body_is_us_ascii(play_of(bench, "job/omitted", parts(MIXED, HTML, LOG)))
    assert caught.value.actual == "text/html as the body, text/plain ('log.txt') beside it"


@pytest.mark.parametrize("head", ["", MIXED + "\\r\\n--b\\r\\n"], ids=["alone", "in-a-multipart"])
def test_an_only_text_that_calls_itself_an_attachment_is_none_to_send(bench: WrittenRun, head: str) -> None:
    content = FROM + TO + (head or MIME) + LOG + "\\r\\n\\r\\njob 1j is done" + ("\\r\\n--b--" if head else "")
    play = play_of(bench, "job/text-plain", mail(content), **asked_for("text/plain"))
    with pytest.raises(Violation, match="calls itself an attachment") as warned:
        test_format.test_the_body_is_us_ascii(play)
    assert warned.value.binding is False
    with pytest.raises(Violation, match="calls itself an attachment") as failed:
        test_format.test_text_plain_keeps_attachments_away(play)
    assert failed.value.binding is None


def test_the_plain_one_of_alternatives_is_the_body(bench: WrittenRun) -> None:
    test_format.test_the_body_is_us_ascii(
        play_of(bench, "job/omitted", parts(ALTERNATIVE, HTML, "Content-Type: text/plain"))
    )


def test_html_that_is_the_body_is_not_attached(bench: WrittenRun) -> None:
    play = play_of(bench, "job/html", parts(MIXED, HTML, LOG), **asked_for("text/html"))
    with pytest.raises(Violation, match="it is the body"):
        test_format.test_another_format_is_not_the_body(play)


@pytest.mark.parametrize(
    ("label", "octets", "right"),
    [
        ("; charset=windows-1252", "Gr=FC=DFe", False),
        ("; charset=iso-8859-15", "Gr=FC=DFe", False),
        ("", "Gr=C3=BC=C3=9Fe", False),
        ("; charset=utf-8", "Gr=FC=DFe", False),
        ("; charset=utf-8", "Gr=C3=BC=C3=9Fe", True),
        ("; charset=UTF8", "Gr=C3=BC=C3=9Fe", True),
        ("", "Gruesse", True),
        ("; charset=us-ascii", "Gruesse", True),
    ],
)
def test_a_text_is_in_the_charset_that_its_type_names(bench: WrittenRun, label: str, octets: str, right: bool) -> None:
    part = f"{HTML}{label}\\r\\nContent-Transfer-Encoding: quoted-printable"
    content = mail(FROM + TO + TWO + part + f"\\r\\n\\r\\n{octets}\\r\\n--b--")
    asks = asked_for("text/html; charset=utf-8", charset="iso-8859-1")
    play = play_of(bench, "printer/charset-html-utf-8", content, **asks)
    case = test_content.test_the_charset_of_the_media_type_overrules_notify_charset
    if right:
        case(play)
        return
    with pytest.raises(Violation):
        case(play)


@pytest.mark.parametrize(
    ("sender", "form", "address"),
    [
        ("Bob Jones <bob@x.example>", True, True),
        ("bob@x.example (Bob Jones)", False, True),
        ("Bob Jones <printer@x.example>", True, False),
    ],
)
def test_address_and_form_of_sender_are_two_things(bench: WrittenRun, sender: str, form: bool, address: bool) -> None:
    content = mail(FROM + TO + f"Sender: {sender}\\r\\n\\r\\nx")
    play = play_of(bench, "job/omitted", content, **asked_for("none", user_data=b"bob@x.example".hex()))
    for case, right in (
        (test_table1.test_the_address_in_sender_stands_in_angle_brackets, form),
        (test_table1.test_sender_has_the_address_in_the_user_data, address),
    ):
        if right:
            case(play)
        else:
            with pytest.raises(Violation):
                case(play)


@pytest.mark.parametrize(
    ("kind", "text", "unsaid"),
    [
        ("html", '<html lang=3D"de"><p>job 1j</p></html>', True),
        ("html", '<html lang="de"><p>a=3D"b"</p></html>', False),  # a job may be called so
        ("plain", '<html lang=3D"de">', False),
        ("plain", "Gr=C3=BC=C3=9Fe", True),
        ("plain", "color=FFAA00 =41=42", False),
    ],
)
def test_quoted_printable_that_nothing_tells_of_is_seen(bench: WrittenRun, kind: str, text: str, unsaid: bool) -> None:
    head = FROM + TO + MIME + f"Content-Type: text/{kind}; charset=us-ascii\\r\\n\\r\\n"
    play = play_of(bench, "job/omitted", mail(head + text))
    if unsaid:
        with pytest.raises(Violation, match="as quoted-printable has it"):
            test_message.test_mime_is_well_formed(play)
    else:
        test_message.test_mime_is_well_formed(play)


def test_a_name_that_looks_like_quoted_printable_may_stand_in_a_text(bench: WrittenRun) -> None:
    bench.describe(ipp.text("printer-info", "Gr=C3=BC=C3=9Fe"))
    head = FROM + TO + MIME + "Content-Type: text/plain; charset=us-ascii\\r\\n\\r\\n"
    test_message.test_mime_is_well_formed(play_of(bench, "job/omitted", mail(head + "Printer: Gr=C3=BC=C3=9Fe")))
