"""A time-stamping authority reached through our own Fetcher, in pyHanko's terms (RFC 3161, 3.4)."""

from __future__ import annotations

from asn1crypto import tsp
from pyhanko.sign.timestamps import TimeStamper

from sigcheck.errors import FetchError
from sigcheck.fetch import Fetcher

CONTENT_TYPE = "application/timestamp-query"
_GRANTED = ("granted", "granted_with_mods")


class FetcherTimeStamper(TimeStamper):
    """Asks one authority. pyHanko makes the request and checks the imprint."""

    def __init__(self, url: str, fetch: Fetcher) -> None:
        """Ask `url` through `fetch`, which decides whether the address may be asked."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._url = url
        self._fetch = fetch

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Return the authority's answer; raises FetchError for a refusal and for noise."""
        answer = self._fetch.post(self._url, req.dump(), CONTENT_TYPE)
        try:
            response = tsp.TimeStampResp.load(answer)
            status = response["status"]["status"].native
            if status not in _GRANTED:
                raise FetchError(str(status), code="TSA-ANSWER")
            signed = response["time_stamp_token"]["content"]["encap_content_info"]["content"]
            nonce = signed.parsed["nonce"].native
        except (ValueError, KeyError, TypeError) as problem:
            raise FetchError(str(problem), code="TSA-ANSWER") from problem
        # pyHanko compares the nonce as well, and stumbles over its own complaint.
        if nonce != req["nonce"].native:
            raise FetchError("the token is over something else", code="TSA-ANSWER")
        return response
