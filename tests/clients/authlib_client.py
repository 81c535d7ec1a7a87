"""Authlib as its own documentation uses it, against the server that run.mjs started.

Reads the issuer, the person and the registered clients as JSON from standard input.
"""

import json
import os
import sys
import time
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # plain http, on loopback only

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

SCOPE = "openid profile email offline_access"


class Forms(HTMLParser):
    """The forms of a page with their controls."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "form":
            self.found.append({**dict(attrs), "controls": []})
        elif tag in ("input", "button") and self.found:
            self.found[-1]["controls"].append({"tag": tag, **dict(attrs)})

    def having(self, button):
        return next((form for form in self.found if any(c.get("id") == button for c in form["controls"])), None)


class Person:
    """Somebody with a plain HTTP program instead of a browser."""

    def __init__(self, issuer, username, password, callback):
        self.http = requests.Session()
        self.http.trust_env = False
        self.issuer = issuer
        self.typed = {"username": username, "password": password}
        self.callback = callback

    def authorize(self, address):
        """Follows an authorization request to the callback, signing in and approving on the way."""
        reply = self.follow(self.http.get(address, allow_redirects=False))
        for _ in range(5):
            if isinstance(reply, str):
                return reply
            forms = Forms(reply.text)
            for button in ("login-submit", "consent-allow-once"):
                form = forms.having(button)
                if form:
                    reply = self.submit(reply.url, form, button)
                    break
            else:
                raise AssertionError(f"neither sign in nor consent at {reply.url} ({reply.status_code})")
        raise AssertionError(f"no way back to {self.callback}")

    def submit(self, page, form, button):
        fields = []
        for control in form["controls"]:
            name = control.get("name")
            if not name or "disabled" in control:
                continue
            if control["tag"] == "button":
                if control.get("id") == button:
                    fields.append((name, control.get("value", "")))
            elif control.get("type") in ("checkbox", "radio"):
                if "checked" in control:
                    fields.append((name, control.get("value", "on")))
            else:
                fields.append((name, self.typed.get(name, control.get("value") or "")))
        pressed = next(c for c in form["controls"] if c.get("id") == button)
        action = urljoin(page, pressed.get("formaction") or form.get("action") or page)
        return self.follow(self.http.post(action, data=fields, headers={"Origin": self.issuer}, allow_redirects=False))

    def follow(self, reply):
        for _ in range(10):
            location = reply.headers.get("location")
            if not location:
                return reply
            address = urljoin(reply.url, location)
            if address.startswith(self.callback):
                return address
            reply = self.http.get(address, allow_redirects=False)
        raise AssertionError("redirected without end")


def say(step):
    print(step, flush=True)


def session(metadata, party, method, **more):
    made = OAuth2Session(
        party["client_id"],
        party.get("client_secret"),
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        token_endpoint=metadata["token_endpoint"],
        **more,
    )
    made.trust_env = False
    return made


def sign_in(given, metadata, party, method):
    oauth = session(metadata, party, method, scope=SCOPE, redirect_uri=given["callback"], code_challenge_method="S256")
    verifier, nonce = generate_token(48), generate_token(24)
    address, state = oauth.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
    person = Person(given["issuer"], given["person"]["username"], given["person"]["password"], given["callback"])
    answer = person.authorize(address)
    assert parse_qs(urlsplit(answer).query)["iss"] == [given["issuer"]], answer
    token = oauth.fetch_token(authorization_response=answer, state=state, code_verifier=verifier)
    verify(given, metadata, party, token["id_token"], nonce)
    return oauth, token


def verify(given, metadata, party, id_token, nonce):
    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=10).json())
    claims = jwt.decode(id_token, keys, algorithms=metadata["id_token_signing_alg_values_supported"]).claims
    jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": given["issuer"]},
        sub={"essential": True, "value": given["user"]},
        aud={"essential": True, "value": party["client_id"]},
        nonce={"essential": True, "value": nonce},
    ).validate(claims)


def refused(action, code):
    try:
        action()
    except OAuthError as error:
        assert error.error == code, error
        return
    raise AssertionError(f"expected {code}")


def confidential(given, metadata):
    party = given["confidential"]
    oauth, token = sign_in(given, metadata, party, "client_secret_basic")
    say("confidential: discovery, code with PKCE, state, nonce and iss; ID token verified")

    claims = oauth.get(metadata["userinfo_endpoint"]).json()
    assert claims["sub"] == given["user"] and claims["email"] == given["person"]["email"], claims
    say("confidential: userinfo")

    fresh = oauth.refresh_token(metadata["token_endpoint"], refresh_token=token["refresh_token"])
    assert fresh["access_token"] != token["access_token"]
    refresh = fresh.get("refresh_token") or token["refresh_token"]
    known = oauth.introspect_token(metadata["introspection_endpoint"], token=fresh["access_token"]).json()
    assert known["active"] is True and known["sub"] == given["user"], known
    say("confidential: refresh and introspection")

    reply = oauth.revoke_token(metadata["revocation_endpoint"], token=refresh, token_type_hint="refresh_token")
    assert reply.status_code == 200, reply.status_code
    for gone in (refresh, fresh["access_token"], token["access_token"]):
        answer = oauth.introspect_token(metadata["introspection_endpoint"], token=gone).json()
        assert answer == {"active": False}, answer
    refused(lambda: oauth.refresh_token(metadata["token_endpoint"], refresh_token=refresh), "invalid_grant")
    reply = requests.get(metadata["userinfo_endpoint"], headers={"Authorization": f"Bearer {fresh['access_token']}"}, timeout=10)
    assert reply.status_code == 401 and "invalid_token" in reply.headers["www-authenticate"], reply.headers
    say("confidential: revocation ends the refresh token and its access tokens")


def public(given, metadata):
    oauth, token = sign_in(given, metadata, given["public"], "none")
    fresh = oauth.refresh_token(metadata["token_endpoint"], refresh_token=token["refresh_token"])
    assert fresh["refresh_token"] != token["refresh_token"]
    say("public: code with PKCE, rotated refresh token")

    reply = oauth.revoke_token(metadata["revocation_endpoint"], token=fresh["refresh_token"], token_type_hint="refresh_token")
    assert reply.status_code == 200, reply.status_code
    refused(lambda: oauth.refresh_token(metadata["token_endpoint"], refresh_token=fresh["refresh_token"]), "invalid_grant")
    say("public: revocation")


def machine(given, metadata):
    oauth = session(metadata, given["machine"], "client_secret_basic", scope="photos.read")
    token = oauth.fetch_token(grant_type="client_credentials")
    assert token["token_type"].lower() == "bearer" and "refresh_token" not in token, sorted(token)
    say("machine: client credentials")


def signing(given, metadata):
    party = given["signing"]
    key = ECKey.import_key(party["jwk"])

    def proof():
        # Made anew for each request: Authlib keeps the jti in the claims that it is given.
        claims = {"aud": metadata["issuer"], "exp": int(time.time()) + 60}
        return PrivateKeyJWT(metadata["token_endpoint"], claims=claims, headers={"kid": party["jwk"]["kid"]}, alg="ES256")

    oauth = session(metadata, {**party, "client_secret": key}, "private_key_jwt", scope=SCOPE, redirect_uri=given["callback"], code_challenge_method="S256")
    oauth.register_client_auth_method(proof())
    verifier = generate_token(48)
    address, state = oauth.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier)
    person = Person(given["issuer"], given["person"]["username"], given["person"]["password"], given["callback"])
    token = oauth.fetch_token(authorization_response=person.authorize(address), state=state, code_verifier=verifier)
    refused(lambda: oauth.refresh_token(metadata["token_endpoint"], refresh_token=token["refresh_token"]), "invalid_client")
    oauth.register_client_auth_method(proof())
    fresh = oauth.refresh_token(metadata["token_endpoint"], refresh_token=token["refresh_token"])
    assert fresh["access_token"] != token["access_token"]
    say("signing: private_key_jwt, and an assertion that is sent twice is refused")


def main():
    given = json.load(sys.stdin)
    metadata = requests.get(f"{given['issuer']}/.well-known/openid-configuration", timeout=10).json()
    assert metadata["issuer"] == given["issuer"], metadata["issuer"]
    confidential(given, metadata)
    public(given, metadata)
    machine(given, metadata)
    signing(given, metadata)


if __name__ == "__main__":
    main()
