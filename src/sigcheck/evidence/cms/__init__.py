"""CMS, certificates and time-stamp tokens: bytes in, facts out (RFC 5652, 5280, 3161)."""
