"""Numbers and keywords of IPP, with the section each comes from.

An unknown number is never an error here: the codecs keep it and ``keyword_of`` shows it.
"""

from __future__ import annotations

from enum import IntEnum


class _Named(IntEnum):
    @property
    def keyword(self) -> str:
        """The spelling of the texts, which for most kinds is lower case with hyphens."""
        return self.name.lower().replace("_", "-")


def keyword_of(kind: type[_Named], number: int) -> str:
    """The keyword of a number, or the number in hexadecimal."""
    try:
        return kind(number).keyword
    except ValueError:
        return f"0x{number:04x}"


class GroupTag(_Named):
    """Delimiter tags: RFC 2910 section 3.5.1; 0x06 and 0x07: RFC 3995 section 14; 0x08 to 0x0A: the PWG's."""

    OPERATION = 0x01
    JOB = 0x02
    END = 0x03
    PRINTER = 0x04
    UNSUPPORTED = 0x05
    SUBSCRIPTION = 0x06
    EVENT_NOTIFICATION = 0x07
    RESOURCE = 0x08
    DOCUMENT = 0x09
    SYSTEM = 0x0A

    @property
    def keyword(self) -> str:
        """As RFC 2910 writes it: ``operation-attributes-tag``, ``end-of-attributes-tag``."""
        word = self.name.lower().replace("_", "-")
        return "end-of-attributes-tag" if self is GroupTag.END else f"{word}-attributes-tag"


class ValueTag(_Named):
    """Value tags: RFC 2910 section 3.5.2; collections: RFC 3382 section 7; 0x15 to 0x17: RFC 3380."""

    UNSUPPORTED = 0x10
    DEFAULT = 0x11
    UNKNOWN = 0x12
    NO_VALUE = 0x13
    NOT_SETTABLE = 0x15
    DELETE_ATTRIBUTE = 0x16
    ADMIN_DEFINE = 0x17
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    OCTET_STRING = 0x30
    DATE_TIME = 0x31
    RESOLUTION = 0x32
    RANGE_OF_INTEGER = 0x33
    BEGIN_COLLECTION = 0x34
    TEXT_WITH_LANGUAGE = 0x35
    NAME_WITH_LANGUAGE = 0x36
    END_COLLECTION = 0x37
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    URI_SCHEME = 0x46
    CHARSET = 0x47
    NATURAL_LANGUAGE = 0x48
    MIME_MEDIA_TYPE = 0x49
    MEMBER_NAME = 0x4A
    EXTENSION = 0x7F

    @property
    def keyword(self) -> str:
        """As the texts write it: ``no-value``, ``rangeOfInteger``, ``textWithoutLanguage``, ``memberAttrName``."""
        if self < ValueTag.INTEGER:
            return self.name.lower().replace("_", "-")
        if (word := _SYNTAXES.get(self)) is not None:
            return word
        first, *others = self.name.split("_")
        return first.lower() + "".join(o.title() for o in others)


_SYNTAXES = {  # where the text's word is not the member's name
    ValueTag.BEGIN_COLLECTION: "collection",
    ValueTag.TEXT: "textWithoutLanguage",
    ValueTag.NAME: "nameWithoutLanguage",
    ValueTag.MEMBER_NAME: "memberAttrName",
    ValueTag.EXTENSION: "extension",
}


class Operation(_Named):
    """operation-id: RFC 2911 section 4.4.15; 0x0016 to 0x001B: RFC 3995 section 7.1; 0x001C: RFC 3996."""

    PRINT_JOB = 0x0002
    PRINT_URI = 0x0003
    VALIDATE_JOB = 0x0004
    CREATE_JOB = 0x0005
    SEND_DOCUMENT = 0x0006
    SEND_URI = 0x0007
    CANCEL_JOB = 0x0008
    GET_JOB_ATTRIBUTES = 0x0009
    GET_JOBS = 0x000A
    GET_PRINTER_ATTRIBUTES = 0x000B
    HOLD_JOB = 0x000C
    RELEASE_JOB = 0x000D
    RESTART_JOB = 0x000E
    PAUSE_PRINTER = 0x0010
    RESUME_PRINTER = 0x0011
    PURGE_JOBS = 0x0012
    SET_PRINTER_ATTRIBUTES = 0x0013
    SET_JOB_ATTRIBUTES = 0x0014
    CREATE_PRINTER_SUBSCRIPTIONS = 0x0016
    CREATE_JOB_SUBSCRIPTIONS = 0x0017
    GET_SUBSCRIPTION_ATTRIBUTES = 0x0018
    GET_SUBSCRIPTIONS = 0x0019
    RENEW_SUBSCRIPTION = 0x001A
    CANCEL_SUBSCRIPTION = 0x001B
    GET_NOTIFICATIONS = 0x001C

    @property
    def keyword(self) -> str:
        """As the texts write an operation: ``Get-Printer-Attributes``, ``Print-URI``."""
        return self.name.replace("_", "-").title().replace("Uri", "URI")


class Status(_Named):
    """status-code: RFC 2911 section 13.1; the notification ones: RFC 3995 section 12, RFC 3996 section 10."""

    SUCCESSFUL_OK = 0x0000
    SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES = 0x0001
    SUCCESSFUL_OK_CONFLICTING_ATTRIBUTES = 0x0002
    SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS = 0x0003
    SUCCESSFUL_OK_TOO_MANY_EVENTS = 0x0005
    SUCCESSFUL_OK_EVENTS_COMPLETE = 0x0007
    CLIENT_ERROR_BAD_REQUEST = 0x0400
    CLIENT_ERROR_FORBIDDEN = 0x0401
    CLIENT_ERROR_NOT_AUTHENTICATED = 0x0402
    CLIENT_ERROR_NOT_AUTHORIZED = 0x0403
    CLIENT_ERROR_NOT_POSSIBLE = 0x0404
    CLIENT_ERROR_TIMEOUT = 0x0405
    CLIENT_ERROR_NOT_FOUND = 0x0406
    CLIENT_ERROR_GONE = 0x0407
    CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE = 0x0408
    CLIENT_ERROR_REQUEST_VALUE_TOO_LONG = 0x0409
    CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED = 0x040A
    CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED = 0x040B
    CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED = 0x040C
    CLIENT_ERROR_CHARSET_NOT_SUPPORTED = 0x040D
    CLIENT_ERROR_CONFLICTING_ATTRIBUTES = 0x040E
    CLIENT_ERROR_COMPRESSION_NOT_SUPPORTED = 0x040F
    CLIENT_ERROR_COMPRESSION_ERROR = 0x0410
    CLIENT_ERROR_DOCUMENT_FORMAT_ERROR = 0x0411
    CLIENT_ERROR_DOCUMENT_ACCESS_ERROR = 0x0412
    CLIENT_ERROR_ATTRIBUTES_NOT_SETTABLE = 0x0413
    CLIENT_ERROR_IGNORED_ALL_SUBSCRIPTIONS = 0x0414
    CLIENT_ERROR_URI_NOTIFICATION_SCHEME_NOT_SUPPORTED = 0x0414  # the same number in draft-ietf-ipp-not-spec-02, 15.2
    CLIENT_ERROR_TOO_MANY_SUBSCRIPTIONS = 0x0415
    CLIENT_ERROR_TOO_MANY_EVENTS = 0x0416  # draft-ietf-ipp-not-spec-02, 15.4; gone in RFC 3995
    SERVER_ERROR_INTERNAL_ERROR = 0x0500
    SERVER_ERROR_OPERATION_NOT_SUPPORTED = 0x0501
    SERVER_ERROR_SERVICE_UNAVAILABLE = 0x0502
    SERVER_ERROR_VERSION_NOT_SUPPORTED = 0x0503
    SERVER_ERROR_DEVICE_ERROR = 0x0504
    SERVER_ERROR_TEMPORARY_ERROR = 0x0505
    SERVER_ERROR_NOT_ACCEPTING_JOBS = 0x0506
    SERVER_ERROR_BUSY = 0x0507
    SERVER_ERROR_JOB_CANCELED = 0x0508
    SERVER_ERROR_MULTIPLE_DOCUMENT_JOBS_NOT_SUPPORTED = 0x0509


FIRST_ERROR = 0x0400  # below is success: RFC 2911 section 13 leaves its informational and redirection classes empty


class JobState(_Named):
    """job-state: RFC 2911 section 4.3.7."""

    PENDING = 3
    PENDING_HELD = 4
    PROCESSING = 5
    PROCESSING_STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


class PrinterState(_Named):
    """printer-state: RFC 2911 section 4.4.11."""

    IDLE = 3
    PROCESSING = 4
    STOPPED = 5
