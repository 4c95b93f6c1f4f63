"""Section `ui`: why /ping did not answer, in words for a person."""

from __future__ import annotations

from console.probe.ui import parse_ui

# Debian 12's openssl s_client on a port where nothing listens.
OPENSSL_3 = (
    "40677905E07F0000:error:8000006F:system library:BIO_connect:Connection refused:"
    "../crypto/bio/bio_sock2.c:117:calling connect()"
)


def test_of_an_openssl_error_line_the_reason_is_kept() -> None:
    ui = parse_ui(f"httpd no\nping-error {OPENSSL_3}\n", 0.0)
    assert ui is not None
    assert ui.ping_error == "Connection refused"


def test_another_tool_s_words_are_kept_as_they_are() -> None:
    ui = parse_ui("httpd no\nping-error curl: (7) Failed to connect\n", 0.0)
    assert ui is not None
    assert ui.ping_error == "curl: (7) Failed to connect"
