"""Reads answers of a server with the models of datamodel-code-generator."""

import json
import os

import httpx
import models

CALLERS = json.loads(os.environ["PRIVET_CALLERS"])


def get(path):
    token = CALLERS["dan"]["token"]
    answer = httpx.get(os.environ["PRIVET_URL"] + path, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    return answer.text


for path, model in {
    "/api/v1/users/me/export": models.ExportResponse,
    "/api/v1/e-social/privacy/account": models.AccountPrivacyEnvelope,
    "/api/v1/privacy/settings": models.MessagingPrivacyResponse,
    "/api/users/me/preferences/": models.Preferences,
    "/health/ready": models.HealthResponse,
}.items():
    model.model_validate_json(get(path))

mixed = {"theme": {"mode": "dark"}, "locale.language": None}
models.UpdatePreferencesRequest.model_validate(mixed)
print("datamodel-code-generator: every answer is what its model says")
