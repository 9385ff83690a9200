"""Who a certificate names and what sort of holder it is; the persons here are invented."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from sigcheck.evidence.cms import examine, parse_signed_data
from sigcheck.evidence.identity import Statements, decide, signer_identity
from sigcheck.model.evidence import SignerKind
from tests.cms import maker, peers

CN, L, O, OU, TITLE = "2.5.4.3", "2.5.4.7", "2.5.4.10", "2.5.4.11", "2.5.4.12"  # noqa: E741
UID, EMAIL = "0.9.2342.19200300.100.1.1", "1.2.840.113549.1.9.1"
G2 = ((CN, "CA phục vụ các cơ quan Nhà nước G2"),)
PROVINCE = "ỦY BAN NHÂN DÂN TỈNH LONG AN"


@dataclass(frozen=True)
class Named:
    """The part of a certificate that `signer_identity` looks at."""

    subject_attributes: tuple[tuple[str, str], ...]
    issuer_attributes: tuple[tuple[str, str], ...] = G2
    san_emails: tuple[str, ...] = ()
    eku: tuple[str, ...] | None = None
    is_ca: bool = False


ORGANIZATIONS = [
    Named(((CN, "Ủy ban Nhân dân tỉnh"),), san_emails=("ubnd@longan.gov.vn",)),
    Named(((CN, "Uỷ ban nhân dân huyện X"),)),
    Named(((O, PROVINCE), (CN, PROVINCE))),
    Named(((O, "CHÍNH PHỦ"), (CN, "CHÍNH PHỦ"))),
    Named(((O, PROVINCE), (CN, "SỞ NỘI VỤ"), (UID, "MNS:1063490"), (UID, "MST:5800593196"))),
    Named(((O, "Chính phủ"), (CN, "Thủ tướng Chính phủ"))),
    Named(((CN, "Phó Thủ tướng"), (OU, "VĂN PHÒNG CHÍNH PHỦ"))),
    Named(((CN, "CHỦ TỊCH NƯỚC"),)),
    Named(((O, "BỘ CÔNG AN"), (CN, "X99"))),
    Named(((OU, "BỘ CÔNG AN"), (CN, "K02"))),
    Named(((O, "SỞ Y TẾ"), (CN, "BV MẪU THỬ"))),
    Named(((CN, "THPT Mẫu Thử"),)),
    Named(((CN, "BAN QUẢN LÝ KHU KINH TẾ"),)),
    Named(((CN, "TRUNG TÂM Y TẾ HUYỆN"), (OU, "SỞ Y TẾ"))),
    Named(((CN, "CÔNG TY TNHH MỘT THÀNH VIÊN"), (UID, "MST:0100000000"))),
    Named(((CN, "HACOM"), (UID, "MST:0100000000"))),
    Named(((CN, "UY BAN NHAN DAN TINH"),)),
    Named(((CN, "Hành chính"), (EMAIL, "vanphong@tinh.gov.vn"))),
]

PERSONS = [
    Named(((O, PROVINCE), (OU, "SỞ NỘI VỤ"), (CN, "Đỗ Văn Thử"))),
    Named(((O, PROVINCE), (CN, "Nguyễn Văn Thử"), (EMAIL, "nvthu@longan.gov.vn"))),
    Named(((O, PROVINCE), (OU, "VĂN PHÒNG"), (CN, "Ksor H Thử"))),
    Named(((CN, "ĐOÀN THỊ THỬ"),)),
    Named(((CN, "Bàn Văn Thử"), (OU, "Phòng Dân tộc"))),
    Named(((O, "CÔNG TY X"), (OU, "Phòng Y"), (TITLE, "Giám đốc"), (CN, "THU"))),
    Named(((CN, "Trần Thử"), (UID, "CCCD:000000000000"))),
    Named(((CN, "Le Van Thu"),)),
]

SERVICES = [
    Named(((O, "VĂN PHÒNG CHÍNH PHỦ"), (CN, "CỔNG THÔNG TIN ĐIỆN TỬ CHÍNH PHỦ"))),
    Named(((O, "Văn phòng Chính phủ"), (L, "Hà Nội"), (CN, "Cổng Thông tin điện tử Chính phủ"))),
    Named(((CN, "Hệ thống quản lý văn bản"), (O, PROVINCE))),
    Named(((CN, "Máy chủ cấp dấu thời gian 01"),), eku=("1.3.6.1.5.5.7.3.8",)),
    Named(((CN, "Máy chủ cấp dấu thời gian CPNET"),)),
    Named(((O, "VĂN PHÒNG CHÍNH PHỦ"), (CN, "CÔNG BÁO NƯỚC CỘNG HÒA"))),
    Named(((CN, "SỞ X"),), issuer_attributes=((CN, "CA phục vụ cho dịch vụ phần mềm G2"),)),
    Named(((CN, "Some Root"),), is_ca=True),
]


@pytest.mark.parametrize(
    ("named", "kind"),
    [
        *((one, SignerKind.ORGANIZATION) for one in ORGANIZATIONS),
        *((one, SignerKind.INDIVIDUAL) for one in PERSONS),
        *((one, SignerKind.SERVICE) for one in SERVICES),
        (Named(((CN, "xyzzy"),)), SignerKind.UNKNOWN),
        (Named(((CN, "X99"), (O, "BỘ MẪU THỬ"))), SignerKind.UNKNOWN),
        (Named(()), SignerKind.UNKNOWN),
    ],
)
def test_kinds_follow_the_profiles(named: Named, kind: SignerKind) -> None:
    """Subjects after vietnam.md 2.2 and 2.3."""
    identity = signer_identity(named)

    assert identity.kind is kind
    assert bool(identity.kind_reason) is (kind is not SignerKind.UNKNOWN)


def test_each_statement_says_where_it_comes_from() -> None:
    """Name, mailbox, unit, identifiers, with the attribute of each."""
    identity = signer_identity(
        Named(
            (
                (L, "Long An"),
                (O, PROVINCE),
                (OU, "VĂN PHÒNG"),
                (CN, "Nguyễn Văn Thử"),
                (UID, "CCCD:000000000000"),
                (EMAIL, "other@longan.gov.vn"),
            ),
            san_emails=("nvthu@longan.gov.vn",),
        )
    )

    assert identity.common_name == "Nguyễn Văn Thử"
    assert identity.email == "nvthu@longan.gov.vn"
    assert (identity.organization, identity.organizational_unit) == (PROVINCE, "VĂN PHÒNG")
    assert (identity.locality, identity.serial_number) == ("Long An", "CCCD:000000000000")
    assert dict(identity.sources) == {
        "common_name": "CN",
        "organization": "O",
        "organizational_unit": "OU",
        "locality": "L",
        "email": "SAN rfc822Name",
        "serial_number": "UID",
    }


def test_decomposed_letters_are_the_same_letters() -> None:
    """A name written with combining marks is recognised like any other."""
    decomposed = "U\u0309Y BAN NHA\u0302N DA\u0302N"

    assert decide(Statements({"common_name": decomposed}, ()))[0] is SignerKind.ORGANIZATION


def test_long_names_are_quick() -> None:
    """A megabyte of name is looked at only in part."""
    kind, _ = decide(Statements({"common_name": "Nguyễn " + "Văn " * 250_000}, ()))

    assert kind is SignerKind.UNKNOWN


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("binh-thuan-3367.pdf", ["individual", "individual"]),
        ("lam-dong-156.pdf", ["individual", "organization", "organization", "organization"]),
        ("gia-lai-2061-annex.pdf", ["organization"]),
    ],
)
def test_the_provinces_signers_are_told_apart(corpus: Path, name: str, kinds: list[str]) -> None:
    """Persons and bodies of real files, in the order of the file."""
    found = []
    for one in peers.signatures(corpus / "vietnam" / name):
        examined = examine(parse_signed_data(one.contents), maker.digest_of(one.covered))
        assert examined.certificate is not None
        found.append(signer_identity(examined.certificate).kind.value)

    assert sorted(found) == sorted(kinds)


@pytest.mark.parametrize(
    "attributes",
    [
        ((O, "BỘ CÔNG AN"), (OU, "X99"), (OU, "PHÒNG 6"), (CN, "Lê Văn Thử")),
        ((CN, "Lê Văn Thử"), (OU, "PHÒNG 6"), (OU, "X99"), (O, "BỘ CÔNG AN")),
    ],
)
def test_all_units_are_told(attributes: tuple[tuple[str, str], ...]) -> None:
    """The innermost unit comes first, whichever end the encoding begins at."""
    identity = signer_identity(Named(attributes))

    assert identity.organizational_unit == "PHÒNG 6, X99"
    assert identity.kind is SignerKind.INDIVIDUAL
