"""The organisation's unit and the person's, under the names in force on the day of signing."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from msgspec.structs import replace

from sigcheck.model.evidence import SignerIdentity, SignerKind
from sigcheck.workflow.agencies import Names, canonical
from tests.workflow.builder import OFFICE, OFFICIAL, RULES, assessed, finding, signed

VIETNAM = timezone(timedelta(hours=7))
BEFORE, AFTER = datetime(2025, 6, 30, 9, tzinfo=VIETNAM), datetime(2025, 7, 1, 9, tzinfo=VIETNAM)


def relation(person: SignerIdentity, organization: SignerIdentity, at: datetime = AFTER) -> object:
    """Return what the workflow says of two identities on a day."""
    workflow, _ = assessed(signed(person, None, at=at), signed(organization, None, at=at))
    return finding("WF-SAME-UNIT", workflow).outcome.facts.get("relation")


def of(province: str, unit: str) -> SignerIdentity:
    """Return an official of a department."""
    return replace(OFFICIAL, organization=province, organizational_unit=unit)


def seal(name: str, province: str) -> SignerIdentity:
    """Return an organisation's identity."""
    return replace(OFFICE, common_name=name, organization=province)


@pytest.mark.parametrize(
    ("person", "organization", "expected"),
    [
        (OFFICIAL, OFFICE, "same"),
        (of("UBND tỉnh Lâm Đồng", "Sở Nội vụ"), seal("SỞ NỘI VỤ", "Tỉnh Lâm Đồng"), "same"),
        (of("UBND TỈNH LÂM ĐỒNG", "Sở Tài chính"), seal("SỞ NỘI VỤ", "Lâm Đồng"), "other-unit"),
        (of("UBND tỉnh Gia Lai", "Sở Nội vụ"), seal("Sở Nội vụ", "Lâm Đồng"), "other-province"),
        (
            of("Uỷ ban nhân dân tỉnh Gia Lai", "Văn phòng"),
            seal("ỦY BAN NHÂN DÂN TỈNH GIA LAI", "ỦY BAN NHÂN DÂN TỈNH GIA LAI"),
            "parent",
        ),
        (of("Bộ Nội vụ", ""), seal("BỘ NỘI VỤ", "BỘ NỘI VỤ"), "same"),
        (replace(OFFICIAL, organization="", organizational_unit=""), OFFICE, None),
        (of("BỘ CÔNG AN", "PHÒNG 6, X99"), seal("X99", "BỘ CÔNG AN"), "same"),
        (of("BỘ CÔNG AN", "PHÒNG 6, X98"), seal("X99", "BỘ CÔNG AN"), "other-unit"),
        # which unit a code stands for is not known here
        (of("BỘ CÔNG AN", "PHÒNG 6, CỤC MẪU"), seal("X99", "BỘ CÔNG AN"), None),
        (of("BỘ NỘI VỤ", "VỤ MẪU"), seal("X99", "BỘ CÔNG AN"), "other-unit"),
        (of("SỞ Y TẾ", "Bệnh viện Mẫu"), seal("BV MẪU", "SỞ Y TẾ"), "same"),
        (
            of("VĂN PHÒNG QUỐC HỘI", "Vụ Mẫu"),
            replace(seal("Chủ tịch", "QUỐC HỘI"), kind_reason="office"),
            "same",
        ),
    ],
)
def test_relations(
    person: SignerIdentity, organization: SignerIdentity, expected: str | None
) -> None:
    """Same unit, unit above, another unit, another province, nothing to compare."""
    assert relation(person, organization) == expected


@pytest.mark.parametrize(
    ("at", "expected"), [(BEFORE, "other-province"), (AFTER, "same")], ids=["before", "after"]
)
@pytest.mark.parametrize(
    ("old", "new"),
    [("Bình Thuận", "Lâm Đồng"), ("Đắk Nông", "Lâm Đồng"), ("Long An", "Tây Ninh")],
)
def test_the_mergers_of_2025(old: str, new: str, at: datetime, expected: str) -> None:
    """A certificate issued under the old name is of the same unit from 1 July 2025 on."""
    person = of(f"UBND tỉnh {old}", "Sở Nội vụ")

    assert relation(person, seal("SỞ NỘI VỤ", f"UBND TỈNH {new.upper()}"), at) == expected


def test_a_former_name_is_told() -> None:
    """A name no longer in force on the day of signing is a fact of the answer."""
    person, organization = of("UBND tỉnh Long An", "Sở Nội vụ"), seal("SỞ NỘI VỤ", "Tỉnh Long An")
    after, _ = assessed(signed(person, None, at=AFTER), signed(organization, None, at=AFTER))
    before, _ = assessed(signed(person, None, at=BEFORE), signed(organization, None, at=BEFORE))

    assert finding("WF-SAME-UNIT", after).outcome.facts["old_name"] == "Long An"
    assert finding("WF-SAME-UNIT", before).outcome.facts["old_name"] == ""


def test_departments_that_took_over_others() -> None:
    """A department's former name is the same unit after the reform of 1 March 2025."""
    person = of("UBND tỉnh Gia Lai", "Sở Kế hoạch và Đầu tư")
    organization = seal("SỞ TÀI CHÍNH", "UBND tỉnh Gia Lai")

    assert relation(person, organization, AFTER) == "same"
    assert relation(person, organization, datetime(2024, 5, 5, tzinfo=VIETNAM)) == "other-unit"


def test_the_time_stamp_tells_the_day() -> None:
    """A proven time goes before the claimed one."""
    from tests import facts

    token = facts.token(time=AFTER)
    person = of("UBND tỉnh Long An", "Sở Nội vụ")
    organization = seal("SỞ NỘI VỤ", "UBND tỉnh Tây Ninh")
    workflow, _ = assessed(
        signed(person, None, at=BEFORE), signed(organization, None, at=BEFORE, timestamps=(token,))
    )

    assert finding("WF-SAME-UNIT", workflow).outcome.facts["relation"] == "same"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ủy ban Nhân dân tỉnh", "UỶ BAN NHÂN DÂN TỈNH"),
        ("UBND tỉnh Hoà Bình", "Ủy ban nhân dân tỉnh Hòa Bình"),
        ("Bà Rịa - Vũng Tàu", "BÀ RỊA – VŨNG TÀU"),
        ("TP. Huế", "Thành phố Huế"),
    ],
)
def test_ways_to_write_a_name(one: str, other: str) -> None:
    """Case, dashes, abbreviations and the place of tone marks make no difference."""
    assert canonical(one, RULES.spellings) == canonical(other, RULES.spellings)


def test_names_that_look_alike_stay_apart() -> None:
    """Tones and words tell agencies apart."""
    assert canonical("Hà Nam") != canonical("Hà Nấm")
    assert Names(RULES, date(2025, 1, 1)).province("UBND tỉnh Thừa Thiên Huế") == "Thừa Thiên Huế"
    assert Names(RULES, date(2025, 1, 1)).province("Công ty Mẫu") == ""


def test_sixty_three_provinces_became_thirty_four() -> None:
    """The list is complete: every name of 2024 leads to one of the 34 of July 2025."""
    then, now = Names(RULES, date(2024, 12, 31)), Names(RULES, date(2025, 7, 1))
    of_2024 = {name for name in RULES.provinces if then.successor(name) == name} - {"Huế"}
    of_2025 = {now.successor(name) for name in RULES.provinces}

    assert (len(of_2024), len(of_2025)) == (63, 34)


def test_every_row_says_how_sure_it_is() -> None:
    """Marks and sources as in vietnam.md; nothing second-hand is called read."""
    assert all(unit.mark == "S" and unit.source for unit in RULES.units)
    assert all(row.mark in "CSIU" and row.source for row in RULES.successions)
    assert {row.into for row in RULES.successions if row.mark == "C"} == {"Lâm Đồng"}


TAY_NINH = "UBND tỉnh Tây Ninh"
COMMUNE = of(TAY_NINH, "UBND xã Bến Lức")
OLD, NEW = datetime(2024, 6, 14, tzinfo=VIETNAM), datetime(2025, 7, 15, tzinfo=VIETNAM)


def issued(
    person: SignerIdentity,
    organization: SignerIdentity,
    at: datetime = AFTER,
    days: tuple[datetime, datetime] = (NEW, NEW),
) -> object:
    """Return what the workflow says of two identities whose certificates are of some days."""
    both = (signed(person, None, at=at), signed(organization, None, at=at))
    made = [
        replace(e, certificate=replace(e.certificate, not_before=day))
        for e, day in zip(both, days, strict=True)
        if e.certificate
    ]
    workflow, _ = assessed(*made)
    return finding("WF-SAME-UNIT", workflow).outcome.facts.get("relation")


@pytest.mark.parametrize(
    ("person", "organization", "expected"),
    [
        (COMMUNE, seal("ỦY BAN NHÂN DÂN XÃ BẾN LỨC", "Tỉnh Tây Ninh"), "same"),
        (of("UBND xã Bến Lức", "Phòng Kinh tế"), seal("UBND XÃ BẾN LỨC", TAY_NINH), "parent"),
        (COMMUNE, seal("ỦY BAN NHÂN DÂN TỈNH", TAY_NINH), "other-level"),
        (COMMUNE, seal("UBND XÃ ĐỨC HÒA", TAY_NINH), "other-unit"),
        (COMMUNE, seal("SỞ NỘI VỤ", TAY_NINH), "other-unit"),
        (of("UBND tỉnh Cà Mau", "Bảo hiểm xã hội"), seal("BẢO HIỂM XÃ HỘI", "Cà Mau"), "same"),
    ],
)
def test_communes(person: SignerIdentity, organization: SignerIdentity, expected: str) -> None:
    """A commune is a tier of government, and no department of what is above it."""
    assert issued(person, organization) == expected


@pytest.mark.parametrize(
    ("province", "commune"),
    [
        ("UBND thành phố Cần Thơ", "UBND phường Sóc Trăng"),
        ("UBND tỉnh Đồng Nai", "UBND phường Hòa Bình"),
        ("UBND tỉnh Hưng Yên", "UBND xã Thái Bình"),
    ],
)
def test_communes_that_bear_a_provinces_name(province: str, commune: str) -> None:
    """The name of a commune says nothing of the province it is in."""
    unit = replace(seal(commune.upper(), ""), locality=province)

    assert issued(of(province, commune), unit) == "same"
    assert Names(RULES, AFTER.date()).province(commune) == ""


@pytest.mark.parametrize(
    ("unit", "day", "at", "expected"),
    [
        ("UBND huyện Bến Lức", OLD, AFTER, None),
        ("UBND huyện Bến Lức", OLD, BEFORE, "other-unit"),
        ("UBND xã Thạnh Đức", OLD, AFTER, None),
        ("UBND xã Thạnh Đức", NEW, AFTER, "other-unit"),
        ("Sở Tài chính", OLD, AFTER, "other-unit"),
    ],
)
def test_a_certificate_from_before_the_communes_of_2025(
    unit: str, day: datetime, at: datetime, expected: str | None
) -> None:
    """Which unit took over a district or a commune is not known, so nothing is held against it."""
    organization = seal("UBND XÃ BẾN LỨC", TAY_NINH)

    assert issued(of(TAY_NINH, unit), organization, at, (day, NEW)) == expected
    elsewhere = of("UBND tỉnh Gia Lai", unit)
    assert issued(elsewhere, organization, at, (day, NEW)) == "other-province"


def test_names_before_and_after() -> None:
    """A former province, a former department and a district are told with what is known of now."""
    people = [
        of("UBND tỉnh Long An", "Sở Nội vụ"),
        of("UBND tỉnh Gia Lai", "Sở Kế hoạch và Đầu tư"),
        of("UBND tỉnh Gia Lai", "Phòng Nội vụ, UBND huyện Mẫu"),
    ]
    after, _ = assessed(*(signed(p, None, at=AFTER) for p in people))
    facts = finding("WF-NAME-CURRENT", after).outcome.facts

    assert facts["names"] == ("Long An", "Sở Kế hoạch và Đầu tư", "UBND huyện Mẫu")
    assert facts["now"] == ("Tây Ninh", "Sở Tài chính")
    before = datetime(2024, 5, 5, tzinfo=VIETNAM)
    workflow, _ = assessed(*(signed(p, None, at=before) for p in people))
    assert finding("WF-NAME-CURRENT", workflow).outcome.status.value == "passed"


def test_persons_units_need_a_kind() -> None:
    """A service's signature has no unit to compare."""
    service = replace(OFFICE, kind=SignerKind.SERVICE)

    assert relation(OFFICIAL, service) is None
