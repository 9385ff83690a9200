"""Format checking: the byte layer and the shape of the CMS object (EN 319 102-1, 5.2.2)."""

from __future__ import annotations

from sigcheck.checks.registry import check
from sigcheck.model.evidence import Evidence, SignatureKind
from sigcheck.model.finding import NOT_APPLICABLE, PASSED, Block, Outcome, failed, passed
from sigcheck.model.indication import SubIndication

_FORMAT = SubIndication.FORMAT_FAILURE

KNOWN_SUB_FILTERS = frozenset(
    {
        "adbe.pkcs7.detached",
        "adbe.pkcs7.sha1",
        "adbe.x509.rsa_sha1",
        "ETSI.CAdES.detached",
        "ETSI.RFC3161",
    }
)
"""ISO 32000-2, table 260."""

DANGEROUS_ANOMALIES = frozenset({"encryption-changed", "header-garbage", "object-redefined-behind"})
"""Structure that one reader may take differently from another, whoever signed it; what later
revisions write is asked about in `checks.reading`. See `docs/anomalies.md`."""


@check(
    "FC-READ-HERE",
    block=Block.FORMAT,
    fails_as=SubIndication.SIGNED_DATA_NOT_FOUND,
    spec="ETSI EN 319 102-1, table 6 (SIGNED_DATA_NOT_FOUND)",
)
def document_was_read_here(evidence: Evidence) -> Outcome:
    """Was the document at hand, and not only what somebody else read in it?"""
    return failed(version=evidence.read_by) if evidence.read_by else NOT_APPLICABLE


@check("FC-BYTERANGE-PRESENT", block=Block.FORMAT, fails_as=_FORMAT, spec="ISO 32000-2, 12.8.1")
def byte_range_is_present(evidence: Evidence) -> Outcome:
    """Does the signature dictionary have a /ByteRange?"""
    facts = evidence.byte_range
    return PASSED if facts and facts.problem != "missing" else failed()


@check("FC-BYTERANGE-WELLFORMED", block=Block.FORMAT, fails_as=_FORMAT, spec="ISO 32000-2, 12.8.1")
def byte_range_is_well_formed(evidence: Evidence) -> Outcome:
    """Is /ByteRange exactly four non-negative integers?"""
    facts = evidence.byte_range
    if facts is None:
        return NOT_APPLICABLE  # FC-BYTERANGE-PRESENT speaks for this case
    return PASSED if facts.well_formed else failed(problem=facts.problem)


@check("FC-BYTERANGE-START", block=Block.FORMAT, fails_as=_FORMAT, spec="ISO 32000-2, 12.8.1")
def byte_range_starts_the_file(evidence: Evidence) -> Outcome:
    """Does the byte range begin with the first byte of the file?"""
    facts = evidence.byte_range
    if facts is None or not facts.well_formed:
        return NOT_APPLICABLE
    return PASSED if facts.starts_at_zero else failed(start=facts.values[0])


@check("FC-BYTERANGE-INSIDE", block=Block.FORMAT, fails_as=_FORMAT, spec="ISO 32000-2, 12.8.1")
def byte_range_lies_inside_the_file(evidence: Evidence) -> Outcome:
    """Do both ranges lie inside the file, in order and without overlap?"""
    facts = evidence.byte_range
    if facts is None or not facts.well_formed:
        return NOT_APPLICABLE
    return PASSED if facts.inside_file else failed(end=facts.end, problem=facts.problem)


@check("FC-CONTENTS-HEX", block=Block.FORMAT, fails_as=_FORMAT, spec="ISO 32000-2, 12.8.1")
def gap_is_one_hex_string(evidence: Evidence) -> Outcome:
    """Is the gap between the two ranges exactly one hexadecimal string?"""
    facts = evidence.byte_range
    if facts is None or not facts.inside_file:
        return NOT_APPLICABLE
    return PASSED if facts.gap_is_hex_string else failed(problem=facts.problem)


@check("FC-CONTENTS-OWN", block=Block.FORMAT, fails_as=_FORMAT, spec="ISO 32000-2, 12.8.1")
def gap_is_its_own_contents(evidence: Evidence) -> Outcome:
    """Is that string the /Contents of this very signature dictionary?"""
    facts = evidence.byte_range
    if facts is None or not facts.inside_file:
        return NOT_APPLICABLE
    return PASSED if facts.gap_is_own_contents else failed(problem=facts.problem)


@check("FC-COVERAGE-REVISION", block=Block.FORMAT, fails_as=_FORMAT, spec="ISO 32000-2, 12.8.1")
def covers_its_whole_revision(evidence: Evidence) -> Outcome:
    """Does the byte range reach the end of the revision it was written in?"""
    facts = evidence.byte_range
    if facts is None or not facts.inside_file:
        return NOT_APPLICABLE  # FC-BYTERANGE-INSIDE speaks for this case
    if facts.covers_revision:
        return PASSED
    if facts.end == facts.revision_end:
        return failed()  # no `startxref` of its own says where the revision ends
    return failed(signed_end=facts.end, revision_end=facts.revision_end)


@check("FC-BYTES-EXPLAINED", block=Block.FORMAT, fails_as=_FORMAT, spec="ISO 32000-2, 7.5.6")
def later_bytes_are_explained(evidence: Evidence) -> Outcome:
    """Does every byte after the byte range belong to a later revision that was read?"""
    facts = evidence.byte_range
    if facts is None or not facts.inside_file:
        return NOT_APPLICABLE
    unexplained = facts.unexplained_bytes
    return PASSED if unexplained <= facts.trailing_bytes else failed(bytes=unexplained)


@check("FC-STRUCTURE-SOUND", block=Block.FORMAT, fails_as=_FORMAT, spec="ISO 32000-2, 7.5.4")
def structure_reads_one_way(evidence: Evidence) -> Outcome:
    """Would every reader find the same objects where this one found them?"""
    codes = {a.code for a in evidence.anomalies}
    codes |= {a.detail for a in evidence.anomalies if a.code == "anomalies-too-many"}
    found = sorted(codes & DANGEROUS_ANOMALIES)
    return failed(anomalies=tuple(found)) if found else PASSED


@check(
    "FC-HEADER-FIRST",
    block=Block.FORMAT,
    fails_as=SubIndication.SIG_CONSTRAINTS_FAILURE,
    spec="ISO 32000-2, 7.5.2; design: bytes before the header",
)
def file_begins_with_its_header(evidence: Evidence) -> Outcome:
    """Does the file begin with its header, and not with bytes that were put before it?"""
    sizes = [a.detail for a in evidence.anomalies if a.code == "header-shifted"]
    return failed(bytes=sizes[0], revision=evidence.revision_count) if sizes else PASSED


@check("FC-REVISIONS-READ", block=Block.FORMAT, fails_as=_FORMAT, spec="ISO 32000-2, 7.5.6")
def later_revisions_were_read(evidence: Evidence) -> Outcome:
    """Could every later revision be compared with what was signed?"""
    return failed() if evidence.later_revisions_unread else PASSED


@check("FC-CMS-PARSED", block=Block.FORMAT, fails_as=_FORMAT, spec="RFC 5652, 5.1")
def cms_is_readable(evidence: Evidence) -> Outcome:
    """Is /Contents a CMS signed-data object that can be read?"""
    cms = evidence.cms
    return PASSED if cms.parsed else failed(problem=cms.parse_problem)


@check("FC-SIGNER-ONE", block=Block.FORMAT, fails_as=_FORMAT, spec="ISO 32000-2, 12.8.3.3.1")
def cms_has_one_signer(evidence: Evidence) -> Outcome:
    """Does the CMS object hold exactly one signer?"""
    if not evidence.cms.parsed:
        return NOT_APPLICABLE
    count = evidence.cms.signer_count
    return PASSED if count == 1 else failed(count=count)


@check("FC-CONTENT-DETACHED", block=Block.FORMAT, fails_as=_FORMAT, spec="RFC 5652, 5.2")
def content_is_detached(evidence: Evidence) -> Outcome:
    """Does the CMS object of a detached signature carry no content but the signed bytes?"""
    codes = {anomaly.code for anomaly in evidence.cms.anomalies}
    return failed() if "cms-encapsulated-other" in codes else PASSED


@check("FC-SUBFILTER-KNOWN", block=Block.FORMAT, fails_as=_FORMAT, spec="ISO 32000-2, table 260")
def sub_filter_is_known(evidence: Evidence) -> Outcome:
    """Is /SubFilter one that says how the signature was made?"""
    name = evidence.dictionary.sub_filter
    return passed(sub_filter=name) if name in KNOWN_SUB_FILTERS else failed(sub_filter=name)


@check(
    "FC-FIELD-PRESENT",
    block=Block.FORMAT,
    fails_as=_FORMAT,
    spec="ISO 32000-2, 12.7.5.5",
)
def field_leads_to_it(evidence: Evidence) -> Outcome:
    """Does a signature field of the document lead to this dictionary?"""
    return failed(object=evidence.object_number) if evidence.orphan else PASSED


@check("FC-FIELD-UNIQUE", block=Block.FORMAT, fails_as=_FORMAT, spec="ISO 32000-2, 12.7.4.2")
def field_and_dictionary_are_unique(evidence: Evidence) -> Outcome:
    """Is this dictionary the value of one field only, under a name of its own?"""
    others = (*evidence.shares_dictionary_with, *evidence.colliding_fields)
    return failed(fields=others) if others else PASSED


@check("FC-KIND-KNOWN", block=Block.FORMAT, fails_as=_FORMAT, spec="ISO 32000-2, table 255")
def type_fits_sub_filter(evidence: Evidence) -> Outcome:
    """Do /Type and /SubFilter agree on what kind of signature this is?"""
    is_stamp = evidence.kind is SignatureKind.DOCUMENT_TIMESTAMP
    declared = evidence.dictionary.type
    if (declared == "DocTimeStamp") is not is_stamp:
        return failed(type=declared, sub_filter=evidence.dictionary.sub_filter)
    return PASSED
