"""Ten lines against `sigcheck serve`, standard library only: python verify.py FILE.pdf."""

import http.client
import json
import sys
from pathlib import Path

path = Path(sys.argv[1])
headers = {"Content-Type": "application/pdf"}  # and "Authorization": "Bearer KEY"
service = http.client.HTTPConnection("127.0.0.1:8000", timeout=60)
service.request("POST", "/v1/verify?lang=vi", path.read_bytes(), headers)
answer = json.load(service.getresponse())
if "documents" not in answer:
    sys.exit(f"{answer['code']}: {answer['detail']}")
(document,) = answer["documents"]
print(path.name, document["indication"])
sys.exit(0 if document["indication"] == "TOTAL-PASSED" else 1)
