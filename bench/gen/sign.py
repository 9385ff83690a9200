"""Sign as an office does: officials first, then the organisation, each in a revision."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from asn1crypto import crl, keys, pem, x509
from PIL import Image, ImageDraw
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, signers
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from bench.gen.pki import keys_of

TURN = ("official1", "official2", "org", "org", "org")


class Office:
    """The keys of one PKI folder, ready to sign."""

    def __init__(self, pki: Path) -> None:
        self.issuers = [_certificate(pki / "sub.pem"), _certificate(pki / "root.pem")]
        self.crls = [
            crl.CertificateList.load((pki / f"{name}.crl").read_bytes()) for name in ("root", "sub")
        ]
        secret = keys_of(pki)
        self.signers = {
            name: signers.SimpleSigner(
                _certificate(secret / f"{name}.pem"), _key(secret, name), _store(self.issuers)
            )
            for name in dict.fromkeys(TURN)
        }
        self.tsa = DummyTimeStamper(
            _certificate(secret / "tsa.pem"),
            _key(secret, "tsa"),
            certs_to_embed=_store(self.issuers),
        )

    def sign(self, pdf: bytes, *, count: int, timestamps: bool) -> bytes:
        """Return the document with `count` further signatures, the last page holding most."""
        for number in range(count):
            pdf = self._sign_once(pdf, number, timestamps=timestamps)
        return pdf

    def _sign_once(self, pdf: bytes, number: int, *, timestamps: bool) -> bytes:
        who, field = TURN[number % len(TURN)], f"Signature{number + 1}"
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
        left, bottom = 72 + (number % 5) * 95, 40 + 20 * (number // 5)
        sub_filter = SigSeedSubFilter.PADES if timestamps else SigSeedSubFilter.ADOBE_PKCS7_DETACHED
        signer = PdfSigner(
            PdfSignatureMetadata(
                field_name=field,
                md_algorithm="sha256",
                subfilter=sub_filter,
                reason="Ký số văn bản",
                location="Tỉnh Mẫu",
            ),
            signer=self.signers[who],
            stamp_style=_appearance(who, writer),
            timestamper=self.tsa if timestamps else None,
            new_field_spec=SigFieldSpec(
                field, on_page=-1, box=(left, bottom, left + 90, bottom + 60)
            ),
        )
        out = io.BytesIO()
        signer.sign_pdf(writer, output=out)
        return out.getvalue()

    def add_dss(self, pdf: bytes) -> bytes:
        """Return the document with certificates and CRLs in a DSS (ISO 32000-2, 12.8.4.3)."""
        stream = io.BytesIO(pdf)
        leaves = [signer.signing_cert for signer in self.signers.values()]
        DocumentSecurityStore.add_dss(
            stream,
            None,
            certs=[*leaves, self.tsa.tsa_cert, *self.issuers],
            crls=self.crls,
            ocsps=(),
            strict=False,
        )
        return stream.getvalue()

    def add_revisions(self, pdf: bytes, count: int) -> bytes:
        """Return the document with `count` more revisions, each adding a certificate to the DSS."""
        for _ in range(count):
            writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
            store = generic.DictionaryObject(_value(writer.root, "/DSS", {}))
            certificates = generic.ArrayObject(_value(store, "/Certs", ()))
            body = generic.StreamObject(stream_data=self.issuers[0].dump())
            certificates.append(writer.add_object(body))
            store["/Certs"] = certificates
            writer.root["/DSS"] = store
            writer.update_root()
            out = io.BytesIO()
            writer.write(out)
            pdf = out.getvalue()
        return pdf


def _value(holder: generic.DictionaryObject, key: str, default: object) -> object:
    # `get` would give back a reference as it is; a subscript follows it.
    return holder[key] if key in holder else default  # noqa: SIM401


def _certificate(path: Path) -> x509.Certificate:
    return x509.Certificate.load(pem.unarmor(path.read_bytes())[2])


def _key(folder: Path, name: str) -> keys.PrivateKeyInfo:
    return keys.PrivateKeyInfo.load(pem.unarmor((folder / f"{name}.key.pem").read_bytes())[2])


def _store(certificates: Sequence[x509.Certificate]) -> SimpleCertificateStore:
    store = SimpleCertificateStore()
    store.register_multiple(certificates)
    return store


def _appearance(who: str, writer: IncrementalPdfFileWriter) -> StaticStampStyle:
    return StaticStampStyle(
        background=PdfImage(_picture(who), writer=writer), border_width=0, background_opacity=1
    )


@cache
def _picture(who: str) -> Image.Image:
    """Return a red seal or a blue signature with an alpha channel, some 10 kB as in real files."""
    chance = random.Random(who)
    if who == "org":
        picture = Image.new("RGBA", (260, 260), (255, 255, 255, 0))
        draw = ImageDraw.Draw(picture)
        draw.ellipse((6, 6, 254, 254), outline=(200, 0, 0, 255), width=6)
        for _ in range(1500):
            spot = (chance.randrange(40, 220), chance.randrange(40, 220))
            draw.point(spot, (200, chance.randrange(60), 0, 200))
        return picture
    picture = Image.new("RGBA", (320, 140), (255, 255, 255, 0))
    points = [(chance.randrange(10, 310), chance.randrange(10, 130)) for _ in range(60)]
    ImageDraw.Draw(picture).line(points, fill=(0, 0, 150, 220), width=3)
    return picture
